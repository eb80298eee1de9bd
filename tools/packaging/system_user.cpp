#include "tools/packaging/system_user.h"

#include <fmt/format.h>

#include <fstream>
#include <optional>
#include <vector>

#include "tools/packaging/system_programs.h"

namespace flyball {

namespace fs = std::filesystem;

namespace {

using Tell = std::function<void(const std::string&)>;

bool is_this_system(const fs::path& root) { return fs::weakly_canonical(root) == "/"; }

// Told where it did not work.
bool run(const std::string& name, const std::vector<std::string>& arguments, const Tell& tell) {
  const std::optional<int> code = run_system_program(name, arguments);
  if (code == 0) return true;
  tell(code ? fmt::format("{} {}: exit code {}", name, fmt::join(arguments, " "), *code)
            : fmt::format("{}: not on this system", name));
  return false;
}

}  // namespace

bool has_system_user(const fs::path& root) {
  std::ifstream users(root / "etc/passwd");
  for (std::string line; std::getline(users, line);) {
    if (line.starts_with("flyball:")) return true;
  }
  return false;
}

bool make_system_user(const fs::path& root, const Tell& tell) {
  if (has_system_user(root)) return false;
  if (!fs::exists(root / "etc/passwd")) {
    tell("the system user flyball is made when that system boots");
    return false;
  }
  std::vector<std::string> arguments = {"flyball.conf"};
  if (!is_this_system(root)) arguments.insert(arguments.begin(), "--root=" + root.string());
  if (!run("systemd-sysusers", arguments, tell) || !has_system_user(root)) {
    tell("the system user flyball was not made: until it is, the policy runs as nobody");
    return false;
  }
  tell("made the system user flyball");
  return true;
}

bool remove_system_user(const fs::path& root, const Tell& tell) {
  if (!has_system_user(root)) return true;
  std::vector<std::string> arguments = {"flyball"};
  if (!is_this_system(root)) arguments = {"--prefix", fs::absolute(root).string(), "flyball"};
  if (!run("userdel", arguments, tell)) return false;
  tell("removed the system user flyball");
  return true;
}

}  // namespace flyball
