#include "tools/daemon/privileges.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>

#include "tests/support/skip.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/temporary_file.h"
#include "tests/tools/guard/forked.h"

using namespace flyball;

namespace {

// Some user that is not root.
constexpr uid_t kSomebody = 12345;

// Whether all three ids of user and group are these.
bool is_wholly(uid_t user, gid_t group) {
  uid_t users[3];
  gid_t groups[3];
  if (getresuid(&users[0], &users[1], &users[2]) != 0) return false;
  if (getresgid(&groups[0], &groups[1], &groups[2]) != 0) return false;
  for (const uid_t id : users) {
    if (id != user) return false;
  }
  for (const gid_t id : groups) {
    if (id != group) return false;
  }
  return true;
}

// Of every capability that the kernel knows.
bool may_ever_have_a_capability() {
  for (unsigned long capability = 0;; ++capability) {
    const int has = prctl(PR_CAPBSET_READ, capability);
    if (has != 0) return has == 1;
  }
}

}  // namespace

TEST_CASE("root becomes the daemon's user, or nobody, with all of its ids and no groups") {
  if (geteuid() != 0) return skip_test("needs root");
  const passwd* user = getpwnam("flyball");
  if (user == nullptr) user = getpwnam("nobody");
  REQUIRE(user != nullptr);
  const uid_t id = user->pw_uid;
  const gid_t group = user->pw_gid;
  CHECK(run_forked([&] {
          const gid_t more[] = {group, 4};
          if (setgroups(2, more) != 0) return 1;
          drop_privileges();
          if (!is_wholly(id, group)) return 2;
          return getgroups(0, nullptr) == 0 ? 0 : 3;
        }) == 0);
}

TEST_CASE("root's rights are not to be had again, not by a new program either") {
  if (geteuid() != 0) return skip_test("needs root");
  CHECK(run_forked([] {
          if (!may_ever_have_a_capability()) return 1;
          drop_privileges();
          if (setuid(0) == 0 || seteuid(0) == 0 || setgid(0) == 0) return 2;
          if (may_ever_have_a_capability()) return 3;
          return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? 0 : 4;
        }) == 0);
}

TEST_CASE("without a descriptor left it says that, and not that there is no user") {
  if (geteuid() != 0) return skip_test("needs root");
  CHECK(run_forked([] {
          const rlimit none{3, 3};
          setrlimit(RLIMIT_NOFILE, &none);
          try {
            drop_privileges();
          } catch (const std::system_error& error) {
            return error.code().value() == EMFILE &&
                           std::string(error.what()).find("/etc/passwd") != std::string::npos
                       ? 0
                       : 1;
          }
          return 2;
        }) == 0);
}

TEST_CASE("what is open stays open, and can be opened no more") {
  if (geteuid() != 0) return skip_test("needs root");
  const TemporaryFile file("before");  // root's alone
  CHECK(run_forked([&] {
          const int open_file = open(file.path().c_str(), O_WRONLY | O_CLOEXEC);
          drop_privileges();
          if (open(file.path().c_str(), O_WRONLY | O_CLOEXEC) >= 0 || errno != EACCES) return 1;
          return write(open_file, "after!", 6) == 6 ? 0 : 2;
        }) == 0);
}

TEST_CASE("what could not be opened anew without root's rights is named with its mode and owner") {
  if (geteuid() != 0) return skip_test("needs root");
  const TemporaryDirectory directory;
  const std::filesystem::path folder = directory.path() / "folder";
  const std::filesystem::path file = folder / "file";
  REQUIRE(chmod(directory.path().c_str(), 0755) == 0);
  std::filesystem::create_directory(folder);
  std::ofstream(file) << "text";
  const auto obstacle = [&](mode_t folder_mode, mode_t file_mode) {
    REQUIRE(chmod(folder.c_str(), folder_mode) == 0);
    REQUIRE(chmod(file.c_str(), file_mode) == 0);
    std::string found;
    run_forked([&] {
      drop_privileges();
      const std::string text = obstacle_to_reading(file);
      std::ofstream(directory.path() / "found") << text;
      return 0;
    });
    std::ifstream in(directory.path() / "found");
    std::getline(in, found);
    return found;
  };
  std::ofstream(directory.path() / "found") << "";
  REQUIRE(chmod((directory.path() / "found").c_str(), 0666) == 0);
  CHECK(obstacle(0755, 0644).empty());
  CHECK(obstacle(0711, 0644).empty());
  CHECK(obstacle(0755, 0600).find(file.string() + ": closed to user ") == 0);
  CHECK(obstacle(0755, 0600).find("(mode 0600, owner 0)") != std::string::npos);
  CHECK(obstacle(0700, 0644).find(folder.string() + ": closed to user ") == 0);
  CHECK(obstacle_to_reading(folder / "none").empty());
  CHECK(obstacle_to_reading({}).empty());
}

TEST_CASE("for who is not root nothing changes") {
  CHECK(run_forked([] {
          if (geteuid() == 0 && setresuid(kSomebody, kSomebody, kSomebody) != 0) return 1;
          const uid_t user = geteuid();
          const gid_t group = getegid();
          const int before = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0);
          const bool could_have = may_ever_have_a_capability();
          drop_privileges();
          if (!is_wholly(user, group) || may_ever_have_a_capability() != could_have) return 2;
          return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == before ? 0 : 3;
        }) == 0);
}
