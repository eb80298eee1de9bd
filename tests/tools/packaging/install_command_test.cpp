// flyballd install and uninstall on a folder that stands for a system.
#include <doctest/doctest.h>
#include <sys/file.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>

#include "env/jetson/board_lock.h"
#include "policies/policy_file.h"
#include "tests/support/program_run.h"
#include "tests/support/skip.h"
#include "tests/support/temporary_directory.h"
#include "tests/tools/daemon/constant_policy.h"

using namespace flyball;

namespace fs = std::filesystem;

namespace {

class System {
 public:
  System() {
    fs::create_directories(path("etc/systemd/system"));
    save_policy(policy(), constant_policy());
  }
  fs::path path(const std::string& relative) const { return folder_.path() / "root" / relative; }
  fs::path policy() const { return folder_.path() / "p.flyball"; }
  Outcome run(const std::string& command, const std::string& more = "") const {
    return run_program("flyballd", command + " --root " + path("").string() + " " + more, "2>&1");
  }
  void write(const std::string& relative, const std::string& text) const {
    fs::create_directories(path(relative).parent_path());
    std::ofstream(path(relative)) << text;
  }
  std::string read(const std::string& relative) const {
    std::ifstream in(path(relative));
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
  }
  // Everything there is: folders, and files with what they hold.
  std::map<std::string, std::string> contents() const {
    std::map<std::string, std::string> found;
    for (const auto& entry : fs::recursive_directory_iterator(path(""))) {
      const std::string name = fs::relative(entry.path(), path("")).string();
      found[name] = entry.is_regular_file() ? read(name) : "";
    }
    return found;
  }

 private:
  TemporaryDirectory folder_;
};

bool says(const Outcome& outcome, const std::string& part) {
  return outcome.output.find(part) != std::string::npos;
}

constexpr const char* kUnit = "etc/systemd/system/flyballd.service";

}  // namespace

TEST_CASE("what install wrote is said, and uninstall leaves the system as it was") {
  const System system;
  const auto before = system.contents();
  const Outcome installed = system.run("install", "--policy " + system.policy().string());
  CAPTURE(installed.output);
  CHECK(installed.exit_code == 0);
  for (const auto& [name, text] : system.contents()) {
    if (before.contains(name) || name.starts_with("var")) continue;
    CAPTURE(name);
    CHECK(says(installed, "/" + name));
  }
  CHECK(system.read(kUnit).find("ExecStart=" FLYBALL_BINARY_DIR "/flyballd run") !=
        std::string::npos);
  CHECK(system.read(kUnit).find("ExecStopPost=" FLYBALL_BINARY_DIR "/flyballd restore") !=
        std::string::npos);
  CHECK(fs::exists(system.path("etc/flyball/policy.flyball")));
  CHECK(system.read("etc/flyball/flyball.toml").find("\npolicy = \"policy.flyball\"\n") !=
        std::string::npos);
  const Outcome removed = system.run("uninstall");
  CAPTURE(removed.output);
  CHECK(removed.exit_code == 0);
  const auto after = system.contents();
  for (const auto& [name, text] : after) {
    CAPTURE(name);
    CHECK((before.contains(name) || name == "var" || name == "var/lib"));
  }
}

TEST_CASE("a dry run says the same files and writes nothing") {
  const System system;
  const auto before = system.contents();
  const Outcome planned = system.run("install", "--dry-run --policy " + system.policy().string());
  CHECK(planned.exit_code == 0);
  CHECK(says(planned, "would write " + system.path(kUnit).string()));
  CHECK(says(planned, "etc/flyball/policy.flyball"));
  CHECK(system.contents() == before);
  CHECK(system.run("install").exit_code == 0);
  const auto installed = system.contents();
  CHECK(says(system.run("uninstall", "--dry-run"), "would remove " + system.path(kUnit).string()));
  CHECK(system.contents() == installed);
}

TEST_CASE("a second install changes nothing, a second uninstall says that nothing is there") {
  const System system;
  CHECK(system.run("install").exit_code == 0);
  const auto once = system.contents();
  const Outcome again = system.run("install");
  CHECK(again.exit_code == 0);
  CHECK(says(again, std::string(kUnit) + " is as it should be"));
  CHECK_FALSE(says(again, "wrote"));
  CHECK(system.contents() == once);
  CHECK(system.run("uninstall").exit_code == 0);
  const Outcome nothing = system.run("uninstall");
  CHECK(nothing.exit_code == 0);
  CHECK(says(nothing, "nothing was installed"));
}

TEST_CASE("a file that somebody changed is left, by install and by uninstall, and said") {
  const System system;
  CHECK(system.run("install").exit_code == 0);
  system.write(kUnit, "[Service]\nExecStart=/opt/mine\n");
  const Outcome again = system.run("install");
  CHECK(again.exit_code == 0);
  CHECK(says(again, std::string(kUnit) + ": left as it is"));
  const Outcome removed = system.run("uninstall");
  CHECK(removed.exit_code == 1);
  CHECK(says(removed, std::string(kUnit) + ": left, it was changed"));
  CHECK(system.read(kUnit) == "[Service]\nExecStart=/opt/mine\n");
  CHECK_FALSE(fs::exists(system.path("etc/sysusers.d/flyball.conf")));
  CHECK(system.run("uninstall", "--changed").exit_code == 0);
  CHECK_FALSE(fs::exists(system.path(kUnit)));
}

TEST_CASE("a file that was there before install is nobody's to take away") {
  const System system;
  system.write(kUnit, "mine\n");
  const Outcome installed = system.run("install");
  CHECK(says(installed, std::string(kUnit) + ": left as it is"));
  CHECK(system.run("uninstall").exit_code == 0);
  CHECK(system.read(kUnit) == "mine\n");
}

TEST_CASE("another program's place is written in the place of the former one") {
  const System system;
  CHECK(system.run("install").exit_code == 0);
  CHECK(says(system.run("install", "--program /opt/flyball/bin/flyballd"), "wrote"));
  CHECK(system.read(kUnit).find("ExecStart=/opt/flyball/bin/flyballd run") != std::string::npos);
  CHECK(system.run("uninstall").exit_code == 0);
  CHECK_FALSE(fs::exists(system.path(kUnit)));
  CHECK(system.run("install", "--program bin/flyballd").exit_code == 2);
}

TEST_CASE("a folder with somebody's files stays") {
  const System system;
  CHECK(system.run("install").exit_code == 0);
  system.write("etc/flyball/other.flyball", "mine");
  const Outcome removed = system.run("uninstall");
  CHECK(removed.exit_code == 1);
  CHECK(says(removed, "etc/flyball: left"));
  CHECK(system.read("etc/flyball/other.flyball") == "mine");
}

TEST_CASE("a bad policy is refused before anything is written") {
  const System system;
  const auto before = system.contents();
  std::ofstream(system.policy()) << "no policy";
  const Outcome refused = system.run("install", "--policy " + system.policy().string());
  CHECK(refused.exit_code == 3);
  CHECK(says(refused, "p.flyball"));
  CHECK(system.contents() == before);
}

TEST_CASE("nothing is taken away while a flyballd governs, or clocks are to be put back") {
  const System system;
  CHECK(system.run("install").exit_code == 0);
  {
    const BoardLock governing(system.path(""));
    const Outcome refused = system.run("uninstall");
    CHECK(refused.exit_code == 4);
    CHECK(says(refused, "governs this board"));
  }
  system.write("run/flyball/backup", "flyball-backup 2\n");
  const Outcome refused = system.run("uninstall");
  CHECK(refused.exit_code == 4);
  CHECK(says(refused, "flyballd restore"));
  CHECK(fs::exists(system.path(kUnit)));
}

TEST_CASE("a service that a package brings is not installed twice") {
  const System system;
  system.write("usr/lib/systemd/system/flyballd.service", "[Unit]\n");
  const Outcome refused = system.run("install");
  CHECK(refused.exit_code == 4);
  CHECK(says(refused, "a package has installed the service"));
}

TEST_CASE("the user is made where the system's users are, and goes with the rest") {
  if (geteuid() != 0) return skip_test("needs root");
  if (!fs::exists("/usr/bin/systemd-sysusers") && !fs::exists("/bin/systemd-sysusers")) {
    return skip_test("needs systemd-sysusers");
  }
  const System system;
  system.write("etc/passwd", "root:x:0:0:root:/root:/bin/sh\n");
  system.write("etc/group", "root:x:0:\n");
  system.write("etc/shadow", "root:*:19000:0:99999:7:::\n");
  system.write("etc/gshadow", "root:*::\n");
  const Outcome installed = system.run("install");
  CAPTURE(installed.output);
  CHECK(says(installed, "made the system user flyball"));
  CHECK(system.read("etc/passwd").find("\nflyball:x:") != std::string::npos);
  const Outcome removed = system.run("uninstall");
  CAPTURE(removed.output);
  CHECK(removed.exit_code == 0);
  CHECK(system.read("etc/passwd").find("flyball") == std::string::npos);
}
