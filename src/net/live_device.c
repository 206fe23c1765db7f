#include "net/live_device.h"

#include <string.h>

void live_devices_release(struct live_devices *devices)
{
	VEC_RELEASE(&devices->list);
	VEC_RELEASE(&devices->ignored);
}

const struct address *live_device_address(const struct live_device *device)
{
	for (size_t i = 0; i < device->address_count; i++) {
		if (device->addresses[i].family == ADDRESS_V4) {
			return &device->addresses[i];
		}
	}
	return device->address_count > 0 ? &device->addresses[0] : NULL;
}

bool live_device_has(const struct live_device *device, const struct address *address)
{
	for (size_t i = 0; i < device->address_count; i++) {
		if (address_equal(&device->addresses[i], address)) {
			return true;
		}
	}
	return false;
}

struct text live_device_label(const struct live_device *device)
{
	if (!device->fqdn) {
		return (struct text){0};
	}
	return (struct text){device->fqdn, strcspn(device->fqdn, ".")};
}
