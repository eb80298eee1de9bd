// A board's tree, a policy for it, and flyballd to run on them.
#pragma once

#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "policies/policy_file.h"
#include "tests/support/child_process.h"
#include "tests/support/temporary_directory.h"
#include "tests/tools/daemon/constant_policy.h"
#include "tests/tools/daemon/nano_tree.h"

namespace flyball {

inline constexpr const char* kCpuMin = "sys/devices/system/cpu/cpufreq/policy0/scaling_min_freq";
inline constexpr const char* kCpuMax = "sys/devices/system/cpu/cpufreq/policy0/scaling_max_freq";
inline constexpr const char* kGpuMin = "sys/class/devfreq/57000000.gpu/min_freq";
inline constexpr const char* kGpuMax = "sys/class/devfreq/57000000.gpu/max_freq";

inline double seconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

// The process that flyballd forked.
inline pid_t child_of(pid_t parent) {
  const std::string number = std::to_string(parent);
  std::ifstream in("/proc/" + number + "/task/" + number + "/children");
  pid_t child = 0;
  in >> child;
  return child;
}

class Bench {
 public:
  Bench() : tree_(directory_.path() / "root") {
    save_policy(policy(), constant_policy());
    before_ = tree_.contents();
  }

  std::filesystem::path policy() const { return directory_.path() / "p.flyball"; }
  const NanoTree& tree() const { return tree_; }
  bool is_as_before() const { return tree_.contents() == before_; }
  bool is_governed() const {
    return tree_.read(kCpuMin) == "403200" && tree_.read(kCpuMax) == "403200" &&
           tree_.read(kGpuMin) == "614400000" && tree_.read(kGpuMax) == "614400000";
  }

  // flyballd COMMAND --root DIR more...
  ChildProcess start(const std::string& command, std::vector<std::string> more = {}) const {
    std::vector<std::string> arguments = {FLYBALLD, command, "--root", tree_.root().string()};
    if (command == "run") arguments.insert(arguments.end(), {"--policy", policy().string()});
    arguments.insert(arguments.end(), more.begin(), more.end());
    return ChildProcess(std::move(arguments), output_path());
  }
  std::string output() const {
    std::ifstream in(output_path());
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
  }
  // The JSON document, which begins with the first brace.
  nlohmann::json json() const {
    const std::string text = output();
    return nlohmann::json::parse(text.substr(text.find("{\n")));
  }
  bool says(const std::string& part) const { return output().find(part) != std::string::npos; }
  std::string log_path() const { return (directory_.path() / "log.csv").string(); }

 private:
  std::filesystem::path output_path() const { return directory_.path() / "output"; }

  TemporaryDirectory directory_;
  NanoTree tree_;
  std::map<std::string, std::string> before_;
};

// The daemon that root starts goes on as somebody else, who has to find the files by their names.
inline void let_others_in(const Bench& bench) {
  std::filesystem::permissions(bench.tree().root().parent_path(), std::filesystem::perms(0755));
}

}  // namespace flyball
