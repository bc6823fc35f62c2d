"""How times are written in Korean, where Django puts the half of the day behind the hour."""

DATETIME_FORMAT = "Y년 n월 j일 A g:i"
SHORT_DATE_FORMAT = "Y. n. j."
