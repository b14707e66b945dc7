// Whether anybody but root and this user could have put code into a file, or could swap the file.
//
// Called by the loader on the control plane, before anything in the file is believed.
#pragma once

#include <filesystem>

#include "core/error.h"

namespace hark::host {

// Holds for a regular file (symbolic links are followed) that belongs to root or to the effective user, that group and
// others may not write, in a folder of which the same is true; the folder is the one where the file really lies, a
// sticky bit does not help. A POSIX ACL that lets somebody write shows in the group's bits. Fails with the reason and
// the remedy.
core::Result<void> check_trust(const std::filesystem::path& file);

// True for a folder in which only root and the effective user can put files: libraries in it need no private copy.
bool private_to_owner(const std::filesystem::path& folder);

}  // namespace hark::host
