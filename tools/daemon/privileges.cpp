#include "tools/daemon/privileges.h"

#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace flyball {

namespace {

constexpr const char* kUser = "flyball";
constexpr const char* kFallback = "nobody";

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
  const passwd* user = getpwnam(kUser);
  if (user == nullptr) user = getpwnam(kFallback);
  if (user == nullptr) {
    errno = ENOENT;
    fail("no user flyball or nobody to run the policy as");
  }
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) fail("giving up new privileges");
  bound_capabilities();
  if (setgroups(0, nullptr) != 0) fail("giving up the groups");
  if (setresgid(user->pw_gid, user->pw_gid, user->pw_gid) != 0) fail("giving up the group");
  if (setresuid(user->pw_uid, user->pw_uid, user->pw_uid) != 0) fail("giving up root");
}

std::string obstacle_to_reading(const std::filesystem::path& file) {
  std::filesystem::path part;
  for (const std::filesystem::path& name : file) {
    part /= name;
    if (access(part.c_str(), part == file ? R_OK : X_OK) == 0) continue;
    if (errno != EACCES) return {};
    struct stat info {};
    if (stat(part.c_str(), &info) != 0) return part.string();  // of a mount that is its owner's
    const passwd* user = getpwuid(geteuid());
    return fmt::format("{}: closed to user {} (mode {:04o}, owner {})", part.string(),
                       user != nullptr ? user->pw_name : std::to_string(geteuid()),
                       info.st_mode & 07777U, info.st_uid);
  }
  return {};
}

}  // namespace flyball
