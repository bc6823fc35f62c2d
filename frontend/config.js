// Where the API is: empty for the origin this page comes from. `make page API=https://…` writes it.
window.HARU_API = "";
