#include "tools/commands/doctor_command.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/networks/q_network.h"
#include "agent/vision/idx_file.h"
#include "env/errors.h"
#include "tools/config/config_directory.h"
#include "tools/console.h"
#include "tools/reports/html/report_page.h"

namespace flyball {

namespace {

using nlohmann::ordered_json;

// One thing that some commands need.
struct Finding {
  std::string what;
  std::string needed_for;
  bool is_there = false;
  std::string detail;  // what was found, or what to do
};

// Where the shell would find a program.
std::optional<std::filesystem::path> find_program(std::string_view name) {
  const char* path = std::getenv("PATH");
  std::string_view rest = path == nullptr ? "" : path;
  while (!rest.empty()) {
    const std::size_t colon = rest.find(':');
    const std::filesystem::path file = std::filesystem::path(rest.substr(0, colon)) / name;
    if (access(file.c_str(), X_OK) == 0) return file;
    rest = colon == std::string_view::npos ? "" : rest.substr(colon + 1);
  }
  return std::nullopt;
}

Finding program(std::string_view name, const std::string& needed_for, std::string_view package) {
  const auto file = find_program(name);
  return {std::string(name), needed_for, file.has_value(),
          file ? file->string() : fmt::format("not in PATH; Debian's package {} has it", package)};
}

Finding configurations() {
  Finding finding{"configs", "every command that names a board, a scenario or a recipe", true, ""};
  try {
    finding.detail = fmt::format("{}: {} boards, {} scenarios, {} recipes",
                                 config_directory().string(), list_configs("boards").size(),
                                 list_configs("scenarios").size(), list_configs("train").size());
  } catch (const ConfigError& error) {
    finding.is_there = false;
    finding.detail = error.what();
  }
  return finding;
}

Finding mounts() {
  constexpr const char* kDevice = "/dev/fuse";
  Finding finding{kDevice, "emulate: a board's files", access(kDevice, R_OK | W_OK) == 0, ""};
  if (finding.is_there) {
    finding.detail = "can be opened";
  } else if (access(kDevice, F_OK) == 0) {
    finding.detail = "may not be opened by this user: run as root, or join its group";
  } else {
    finding.detail = "is not there: load the kernel module fuse, or give the container the device";
  }
  return finding;
}

Finding images() {
  const bool is_there = std::filesystem::is_directory(kFashionMnistFolder);
  return {"Fashion-MNIST", "vision, flyball-edge, reproduce offload", is_there,
          is_there ? kFashionMnistFolder
                   : fmt::format("no folder {}; Debian's package dataset-fashion-mnist brings it",
                                 kFashionMnistFolder)};
}

// The reference BLAS is some 30 times slower than others, and names itself so.
Finding matrix_products() {
  const std::string name = blas_name();
  const bool is_fast = name.find("OpenBLAS") != std::string::npos ||
                       name.find("MKL") != std::string::npos ||
                       name.find("BLIS") != std::string::npos;
  return {"fast BLAS", "vision and network.engine = \"reference\": training in good time", is_fast,
          is_fast ? name : fmt::format("{}; Debian's package libopenblas0-openmp is faster", name)};
}

// Of what can be had without swapping, in bytes.
std::optional<double> available_memory() {
  std::ifstream file("/proc/meminfo");
  for (std::string line; std::getline(file, line);) {
    constexpr std::string_view kKey = "MemAvailable:";
    if (!line.starts_with(kKey)) continue;
    return std::strtod(line.c_str() + kKey.size(), nullptr) * 1024.0;
  }
  return std::nullopt;
}

Finding memory() {
  constexpr double kEnough = 1e9;
  const std::optional<double> bytes = available_memory();
  Finding finding{"memory", "train: a log of some hours", bytes.value_or(kEnough) >= kEnough, ""};
  finding.detail = bytes ? fmt::format("{:.1f} GB available", *bytes / 1e9) : "not told by /proc";
  if (!finding.is_there) finding.detail += ", 1 GB asked for";
  return finding;
}

Finding zoom() {
  return {"uPlot", "--report: time lines that zoom", has_zoom(),
          has_zoom() ? "built in" : "npm was not there when flyball was built"};
}

Finding board() {
  std::ifstream file("/proc/device-tree/model");
  std::string model;
  std::getline(file, model, '\0');
  const bool is_jetson = model.find("Jetson") != std::string::npos;
  return {"a Jetson", "flyballd on a board's own files", is_jetson,
          is_jetson ? model + "; flyballd probe says what can be controlled"
                    : "this machine is none; flyball emulate mounts one's files"};
}

std::vector<Finding> findings() {
  return {configurations(),
          memory(),
          matrix_products(),
          zoom(),
          mounts(),
          program("fusermount3", "emulate without root", "fuse3"),
          images(),
          program("tc", "tools/offload/shaped-link.sh", "iproute2"),
          program("python3", "the application link's Python module", "python3"),
          board()};
}

void print(const std::vector<Finding>& all) {
  std::size_t widest = 0;
  for (const Finding& finding : all) widest = std::max(widest, finding.what.size());
  for (const Finding& finding : all) {
    say("{:<{}}  {}  {}\n{:<{}}           for: {}\n", finding.what, widest,
        finding.is_there ? "there  " : "MISSING", finding.detail, "", widest, finding.needed_for);
  }
}

void run_doctor(bool json, CommandResult& result) {
  const std::vector<Finding> all = findings();
  if (json) {
    ordered_json list = ordered_json::array();
    for (const Finding& finding : all) {
      list.push_back({{"what", finding.what},
                      {"needed_for", finding.needed_for},
                      {"is_there", finding.is_there},
                      {"detail", finding.detail}});
    }
    say("{}\n", ordered_json{{"findings", list}}.dump(2));
  } else {
    print(all);
  }
  result.exit_code = all.front().is_there ? kExitOk : kExitFailed;
}

}  // namespace

void add_doctor_command(CLI::App& app, CommandResult& result) {
  auto json = std::make_shared<bool>(false);
  CLI::App* command = app.add_subcommand("doctor", "Say what this machine lacks, and for what");
  command->add_flag("--json", *json, "One JSON document on stdout");
  command->footer(
      "Nothing is installed and nothing written. What is missing is missing for the commands "
      "named\n"
      "beside it alone; without the folder configs/ little works, and the exit code is 1.\n"
      "Examples:\n"
      "  flyball doctor\n"
      "  flyball doctor --json");
  command->callback([json, &result] { run_doctor(*json, result); });
}

}  // namespace flyball
