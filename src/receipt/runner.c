#include "receipt/runner.h"

#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/timex.h>
#endif

#include "base/cleanup.h"
#include "base/codec.h"
#include "base/file.h"

/** Ceiling of each file that is read. */
#define SYSTEM_FILE_BYTES ((size_t)1024 * 1024)

/** The user's number is the third field of passwd(5). */
#define UID_FIELD 2

static struct text read_file(const char *path, struct str *bytes)
{
	struct err ignored = {0};

	bytes->max = SYSTEM_FILE_BYTES;
	if (file_read(path, SYSTEM_FILE_BYTES, bytes, &ignored)) {
		return (struct text){0};
	}
	return text_trim(str_view(bytes));
}

const char *runner_name(const char *what, struct text id, const char *origin, struct arena *arena)
{
	AUTO(auto_str) struct str message = {0};
	AUTO(auto_str) struct str hex = {0};
	unsigned char mac[SHA256_BYTES];

	id = text_trim(id);
	if (id.len == 0) {
		return NULL;
	}
	str_printf(&message, "gaterun %s\n%s", what, origin);
	hmac_sha256(id, str_view(&message), mac);
	hex_encode(&hex, mac, sizeof(mac));
	return arena_text(arena, str_text(&hex));
}

const char *runner_user(struct text passwd, int64_t uid, struct arena *arena)
{
	struct text line = {0};

	while (text_split(&passwd, '\n', &line)) {
		struct text name = {0};
		struct text field = {0};
		struct err ignored = {0};
		int64_t found = -1;
		int number = 0;

		(void)text_split(&line, ':', &name);
		while (number < UID_FIELD && text_split(&line, ':', &field)) {
			number++;
		}
		if (number == UID_FIELD && !parse_int(field, 0, UINT32_MAX, &found, &ignored) &&
		    found == uid) {
			return arena_copy(arena, name.at, name.len);
		}
	}
	return NULL;
}

const char *runner_pretty_name(struct text os_release, struct arena *arena)
{
	static const char key[] = "PRETTY_NAME=";
	struct text line = {0};

	while (text_split(&os_release, '\n', &line)) {
		struct text value = {0};

		if (!text_starts(line, key)) {
			continue;
		}
		value = (struct text){line.at + sizeof(key) - 1, line.len - (sizeof(key) - 1)};
		if (value.len >= 2 && (value.at[0] == '"' || value.at[0] == '\'') &&
		    value.at[value.len - 1] == value.at[0]) {
			value = (struct text){value.at + 1, value.len - 2};
		}
		return value.len > 0 ? arena_copy(arena, value.at, value.len) : NULL;
	}
	return NULL;
}

const char *runner_os(struct arena *arena)
{
	AUTO(auto_str) struct str bytes = {0};
	const char *name = runner_pretty_name(read_file("/etc/os-release", &bytes), arena);
	struct utsname system = {0};

	if (uname(&system) < 0) {
		return name;
	}
	return arena_printf(arena, "%s%s%s %s %s", name ? name : "", name ? ", " : "",
			    system.sysname, system.release, system.machine);
}

/** Does somebody keep the clock right? Asks the kernel, and sets nothing. */
static const char *clock_state(void)
{
#ifdef __linux__
	struct timex asked = {.modes = 0};
	int state = adjtimex(&asked);

	if (state >= 0) {
		return state == TIME_ERROR || (asked.status & STA_UNSYNC) ? "free-running"
									  : "synchronised";
	}
#endif
	return NULL;
}

static const char *clock_source(struct arena *arena)
{
	static const char path[] =
		"/sys/devices/system/clocksource/clocksource0/current_clocksource";
	AUTO(auto_str) struct str bytes = {0};
	struct text source = read_file(path, &bytes);

	return source.len > 0 ? arena_copy(arena, source.at, source.len) : NULL;
}

void runner_read(const char *origin, struct arena *arena, struct statement_runner *out)
{
	AUTO(auto_str) struct str machine = {0};
	AUTO(auto_str) struct str boot = {0};
	AUTO(auto_str) struct str passwd = {0};
	struct utsname system = {0};
	int64_t uid = (int64_t)getuid();

	*out = (struct statement_runner){
		.machine = runner_name("machine", read_file("/etc/machine-id", &machine), origin,
				       arena),
		.boot = runner_name("boot", read_file("/proc/sys/kernel/random/boot_id", &boot),
				    origin, arena),
		.user = runner_user(read_file("/etc/passwd", &passwd), uid, arena),
		.uid = uid,
		.clock_source = clock_source(arena),
		.clock = clock_state(),
	};
	if (uname(&system) == 0 && system.nodename[0]) {
		out->host = arena_text(arena, system.nodename);
	}
}
