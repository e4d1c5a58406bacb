// The files of the dashboard (`Sources/ScrivenerDashboard/assets`), which the coordinator carries within it.
#ifndef SCRIVENER_CDASHBOARD_H
#define SCRIVENER_CDASHBOARD_H

#include <stddef.h>

/// A file that is served. All of it lives as long as the process.
typedef struct {
    /// Below `/assets/`.
    const char *path;
    const char *media_type;
    const unsigned char *bytes;
    size_t count;
} scrivener_asset;

size_t scrivener_asset_count(void);

/// - index: less than the count.
scrivener_asset scrivener_asset_at(size_t index);

#endif
