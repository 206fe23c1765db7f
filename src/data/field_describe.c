#include "data/field.h"

#include <string.h>

int choice_value(const struct choice *choices, const char *word)
{
	for (; choices->word; choices++) {
		if (strcmp(choices->word, word) == 0) {
			return choices->value;
		}
	}
	return -1;
}

const char *choice_word(const struct choice *choices, int value)
{
	for (; choices->word; choices++) {
		if (choices->value == value) {
			return choices->word;
		}
	}
	return "?";
}

/** Append the words of a choice: "a, b, c". */
static void add_choices(const struct choice *choices, struct str *out)
{
	for (const struct choice *choice = choices; choice->word; choice++) {
		str_printf(out, "%s%s", choice == choices ? "" : ", ", choice->word);
	}
}

/** Append a duration in its largest whole unit. */
static void add_duration(int64_t ms, struct str *out)
{
	static const struct {
		int64_t ms;
		const char *unit;
	} units[] = {{86400000, "d"}, {3600000, "h"}, {60000, "m"}, {1000, "s"}};

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (ms != 0 && ms % units[i].ms == 0) {
			str_printf(out, "%lld%s", (long long)(ms / units[i].ms), units[i].unit);
			return;
		}
	}
	str_printf(out, "%lldms", (long long)ms);
}

/** Append " from 1 to 10", " of at least 1", or nothing. */
static void add_limits(const struct field *field, void (*add)(int64_t value, struct str *out),
		       struct str *out)
{
	if (field->min == 0 && field->max == 0) {
		return;
	}
	if (field->min > 0 && field->max == 0) {
		str_add(out, " of at least ");
		add(field->min, out);
		return;
	}
	if (field->min != 0 || field->type == FIELD_INT) {
		str_add(out, " from ");
		add(field->min, out);
		str_add(out, " to ");
	} else {
		str_add(out, " of at most ");
	}
	add(field->max, out);
}

static void add_number(int64_t value, struct str *out)
{
	str_printf(out, "%lld", (long long)value);
}

void field_describe(const struct field *field, struct str *out)
{
	switch (field->type) {
	case FIELD_TEXT:
		str_add(out, "text");
		break;
	case FIELD_BOOL:
		str_add(out, "true or false");
		break;
	case FIELD_INT:
		if (field->min == field->max && field->max != 0) {
			add_number(field->max, out);
			break;
		}
		str_add(out, "whole number");
		add_limits(field, add_number, out);
		break;
	case FIELD_DURATION:
		str_add(out, "duration");
		add_limits(field, add_duration, out);
		break;
	case FIELD_DATE:
		str_add(out, "date");
		break;
	case FIELD_CHOICE:
		str_add(out, "one of ");
		add_choices(field->choices, out);
		break;
	case FIELD_TEXTS:
		str_add(out, "list of text");
		break;
	case FIELD_STRUCT:
		str_add(out, "map");
		break;
	case FIELD_LIST:
		str_add(out, "list of maps");
		break;
	case FIELD_MAP:
		str_add(out, field->fields ? "map of maps" : "map of lists of text");
		break;
	case FIELD_NODE:
	case FIELD_CUSTOM:
		str_add(out, "value");
		break;
	}
}
