#include "tools/daemon/privileges.h"

#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
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

}  // namespace flyball
