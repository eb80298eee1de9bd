#include "tools/daemon/privileges.h"

#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <optional>
#include <string_view>
#include <system_error>

namespace flyball {

namespace {

constexpr const char* kUser = "flyball";
constexpr const char* kFallback = "nobody";

struct User {
  std::string name;
  uid_t user = 0;
  gid_t group = 0;
};

constexpr const char* kUsers = "/etc/passwd";

// The first of /etc/passwd that is wanted. Not getpwnam(): a program that is linked statically, as
// the packages for ARM are, has no name services. Users of the system are in that file. None where
// it cannot be opened, which errno says.
template <typename Wanted>
std::optional<User> find_user(const Wanted& is_wanted) {
  errno = 0;
  FILE* const file = fopen(kUsers, "re");
  if (file == nullptr) return std::nullopt;
  std::optional<User> found;
  while (const passwd* entry = found ? nullptr : fgetpwent(file)) {
    if (is_wanted(*entry)) found = User{entry->pw_name, entry->pw_uid, entry->pw_gid};
  }
  fclose(file);
  errno = 0;
  return found;
}

std::optional<User> user_named(std::string_view name) {
  return find_user([name](const passwd& entry) { return entry.pw_name == name; });
}

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

// A new program could have them back.
void bound_capabilities() {
  for (unsigned long capability = 0; prctl(PR_CAPBSET_READ, capability) >= 0; ++capability) {
    prctl(PR_CAPBSET_DROP, capability);
  }
}

}  // namespace

void drop_privileges() {
  if (geteuid() != 0) return;
  std::optional<User> user = user_named(kUser);
  if (!user) user = user_named(kFallback);
  if (!user && errno != 0) fail(kUsers);
  if (!user) {
    errno = ENOENT;
    fail("no user flyball or nobody to run the policy as");
  }
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) fail("giving up new privileges");
  bound_capabilities();
  if (setgroups(0, nullptr) != 0) fail("giving up the groups");
  if (setresgid(user->group, user->group, user->group) != 0) fail("giving up the group");
  if (setresuid(user->user, user->user, user->user) != 0) fail("giving up root");
}

std::string obstacle_to_reading(const std::filesystem::path& file) {
  std::filesystem::path part;
  for (const std::filesystem::path& name : file) {
    part /= name;
    if (access(part.c_str(), part == file ? R_OK : X_OK) == 0) continue;
    if (errno != EACCES) return {};
    struct stat info {};
    if (stat(part.c_str(), &info) != 0) return part.string();  // of a mount that is its owner's
    const auto user = find_user([](const passwd& entry) { return entry.pw_uid == geteuid(); });
    return fmt::format("{}: closed to user {} (mode {:04o}, owner {})", part.string(),
                       user ? user->name : std::to_string(geteuid()), info.st_mode & 07777U,
                       info.st_uid);
  }
  return {};
}

}  // namespace flyball
