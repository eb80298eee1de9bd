// The system user `flyball`, whom the policy's process becomes.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

namespace flyball {

bool has_system_user(const std::filesystem::path& root);

// By etc/sysusers.d/flyball.conf under the root, which is there. True when it was made now. Where
// it cannot be (no etc/passwd in an image, no systemd-sysusers) that is told: the system makes it
// when it boots, and until then the policy runs as nobody.
bool make_system_user(const std::filesystem::path& root,
                      const std::function<void(const std::string&)>& tell);

// True when there is none any more.
bool remove_system_user(const std::filesystem::path& root,
                        const std::function<void(const std::string&)>& tell);

}  // namespace flyball
