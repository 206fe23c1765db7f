#include "base/clock.h"

#include <stdbool.h>
#include <stdio.h>
#include <time.h>

#include "base/cleanup.h"

#define MS_PER_SECOND 1000
#define SECONDS_PER_DAY 86400

static int64_t fixed_utc_ms = -1;

static int64_t read_clock_ms(clockid_t id)
{
	struct timespec now = {0};

	(void)clock_gettime(id, &now);
	return (int64_t)now.tv_sec * MS_PER_SECOND + now.tv_nsec / 1000000;
}

int64_t clock_monotonic_ms(void)
{
	return read_clock_ms(CLOCK_MONOTONIC);
}

int64_t clock_utc_ms(void)
{
	return fixed_utc_ms >= 0 ? fixed_utc_ms : read_clock_ms(CLOCK_REALTIME);
}

void clock_fix_utc_ms(int64_t now_utc_ms)
{
	fixed_utc_ms = now_utc_ms;
}

static struct tm broken_down(int64_t utc_ms, int *ms)
{
	struct tm parts = {0};
	time_t seconds = (time_t)(utc_ms / MS_PER_SECOND);

	*ms = (int)(utc_ms % MS_PER_SECOND);
	if (*ms < 0) {
		*ms += MS_PER_SECOND;
		seconds--;
	}
	(void)gmtime_r(&seconds, &parts);
	return parts;
}

void clock_format_rfc3339(int64_t utc_ms, char out[CLOCK_RFC3339_BYTES])
{
	int ms = 0;
	struct tm parts = broken_down(utc_ms, &ms);
	char text[80];

	(void)snprintf(text, sizeof(text), "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ",
		       parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday, parts.tm_hour,
		       parts.tm_min, parts.tm_sec, ms);
	(void)snprintf(out, CLOCK_RFC3339_BYTES, "%.24s", text);
}

void clock_format_basic(int64_t utc_ms, char out[CLOCK_BASIC_BYTES])
{
	int ms = 0;
	struct tm parts = broken_down(utc_ms, &ms);
	char text[80];

	(void)snprintf(text, sizeof(text), "%04d%02d%02dT%02d%02d%02dZ", parts.tm_year + 1900,
		       parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
	(void)snprintf(out, CLOCK_BASIC_BYTES, "%.16s", text);
}

/** Does `text` have digits where `shape` has '0', and else the same bytes? */
static bool has_shape(struct text text, const char *shape)
{
	for (size_t i = 0; i < text.len; i++) {
		bool is_digit = text.at[i] >= '0' && text.at[i] <= '9';

		if (!shape[i] || (shape[i] == '0' ? !is_digit : text.at[i] != shape[i])) {
			return false;
		}
	}
	return shape[text.len] == '\0';
}

static int digits_at(struct text text, size_t at, size_t count)
{
	int value = 0;

	for (size_t i = at; i < at + count; i++) {
		value = value * 10 + (text.at[i] - '0');
	}
	return value;
}

/** Days from 1970-01-01 to a date of the Gregorian calendar (H. Hinnant, days_from_civil). */
static int64_t days_from_date(int year, int month, int day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t year_of_era = y - era * 400;
	int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

	return era * 146097 + day_of_era - 719468;
}

static bool is_leap(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

int clock_parse_date(struct text text, int64_t *utc_ms, struct err *err)
{
	static const int month_days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int year = 0;
	int month = 0;
	int day = 0;
	int last = 0;

	if (!has_shape(text, "0000-00-00")) {
		return err_set(err, ERR_INPUT, "'%.*s' is not a date like 2026-03-01",
			       (int)(text.len < 40 ? text.len : 40), text.at);
	}
	year = digits_at(text, 0, 4);
	month = digits_at(text, 5, 2);
	day = digits_at(text, 8, 2);
	last = month >= 1 && month <= 12 ? month_days[month - 1] + (month == 2 && is_leap(year))
					 : 0;
	if (day < 1 || day > last) {
		return err_set(err, ERR_INPUT, "'%.10s' is no day of the calendar", text.at);
	}
	*utc_ms = days_from_date(year, month, day) * SECONDS_PER_DAY * MS_PER_SECOND;
	return 0;
}

int clock_parse_rfc3339(struct text text, int64_t *utc_ms, struct err *err)
{
	int64_t day_ms = 0;
	int hour = 0;
	int minute = 0;
	int second = 0;

	if (!has_shape(text, "0000-00-00T00:00:00.000Z")) {
		return err_set(err, ERR_INPUT, "'%.*s' is not a time like 2026-03-01T21:48:13.123Z",
			       (int)(text.len < 40 ? text.len : 40), text.at);
	}
	if (clock_parse_date((struct text){text.at, 10}, &day_ms, err)) {
		return -1;
	}
	hour = digits_at(text, 11, 2);
	minute = digits_at(text, 14, 2);
	second = digits_at(text, 17, 2);
	if (hour > 23 || minute > 59 || second > 59) {
		return err_set(err, ERR_INPUT, "'%.24s' is no time of day", text.at);
	}
	*utc_ms = day_ms + ((hour * 60LL + minute) * 60 + second) * MS_PER_SECOND +
		  digits_at(text, 20, 3);
	return 0;
}

/** Milliseconds of a fraction ".123456", and how many bytes it has; 0 if there is none. */
static size_t read_fraction(struct text text, size_t at, int *ms)
{
	int weight = 100;
	size_t start = at;

	*ms = 0;
	if (at == text.len || text.at[at] != '.') {
		return 0;
	}
	for (at++; at < text.len && text.at[at] >= '0' && text.at[at] <= '9'; at++) {
		*ms += (text.at[at] - '0') * weight;
		weight /= 10;
	}
	return at - start;
}

/** Milliseconds that "+02:00" is ahead of UTC. @return whether it is an offset, or Z */
static bool read_offset(struct text text, int64_t *ahead_ms)
{
	bool is_ahead = has_shape(text, "+00:00");
	int hours = 0;
	int minutes = 0;

	*ahead_ms = 0;
	if (text_is(text, "Z")) {
		return true;
	}
	if (!is_ahead && !has_shape(text, "-00:00")) {
		return false;
	}
	hours = digits_at(text, 1, 2);
	minutes = digits_at(text, 4, 2);
	*ahead_ms = (hours * 60LL + minutes) * 60 * MS_PER_SECOND * (is_ahead ? 1 : -1);
	return hours <= 23 && minutes <= 59;
}

int clock_parse_any_rfc3339(struct text text, int64_t *utc_ms, struct err *err)
{
	static const size_t seconds_len = sizeof("0000-00-00T00:00:00") - 1;
	AUTO(auto_str) struct str plain = {0};
	size_t fraction_len = 0;
	int64_t ahead_ms = 0;
	int64_t time_ms = 0;
	int ms = 0;

	if (text.len > seconds_len) {
		fraction_len = read_fraction(text, seconds_len, &ms);
		str_add_text(&plain, (struct text){text.at, seconds_len});
		str_printf(&plain, ".%03dZ", ms);
	}
	if (text.len <= seconds_len || fraction_len == 1 ||
	    !read_offset((struct text){text.at + seconds_len + fraction_len,
				       text.len - seconds_len - fraction_len},
			 &ahead_ms)) {
		return err_set(err, ERR_INPUT, "'%.*s' is not a time like 2026-03-01T21:48:13Z",
			       (int)(text.len < 40 ? text.len : 40), text.at);
	}
	if (clock_parse_rfc3339(str_view(&plain), &time_ms, err)) {
		return -1;
	}
	*utc_ms = time_ms - ahead_ms;
	return 0;
}
