// My page: what is left today, the profile, the ways in, and the way out.

import { $, h } from "./dom.js";
import { member } from "./header.js";
import { t } from "./i18n.js";
import { accessCards } from "./me-access.js";
import { leaveCards } from "./me-leave.js";
import { profileCards } from "./me-profile.js";
import { begin } from "./page.js";
import { loadQuota, quotaLine } from "./quota.js";
import { failed } from "./speak-up.js";

async function load() {
  const place = $("#me");
  place.replaceChildren(...[1, 2, 3].map(() => h("div", { class: "skeleton" })));
  try {
    const user = await member();
    const today = h("section", { class: "card stack tight" }, h("h2", {}, t("me.today")), quotaLine());
    place.replaceChildren(today, ...profileCards(user), ...accessCards(user), ...leaveCards(user));
    loadQuota().catch(() => null);
  } catch (error) {
    place.replaceChildren(failed(error, () => location.reload()));
  }
}

if (begin({ for: "members" })) load();
