#include "tools/reproduce/published/loudva_steps.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>
#include <utility>

namespace flyball {

namespace fs = std::filesystem;

namespace {

constexpr const char* kBoard = "agx-xavier-32gb";

}  // namespace

LoudvaSteps::LoudvaSteps(ShippedProgram program, fs::path data, fs::path folder)
    : program_(std::move(program)), data_(std::move(data)), folder_(std::move(folder)) {}

fs::path LoudvaSteps::requests_of(const std::string& run) const {
  return data_ / "serving" / (run + "_requests.csv");
}

fs::path LoudvaSteps::import(const std::string& run) const {
  const fs::path log = folder_ / (run + ".csv");
  program_.ask({"import", "--board", kBoard, "--mode", "0", "--utc-offset", "2", "--request-offset",
                run.ends_with("_0") ? "2.4" : "2.85", "--tegrastats",
                data_ / "serving" / (run + "_tegrastats.log"), "--requests", requests_of(run), "-o",
                log});
  return log;
}

CommandOutcome LoudvaSteps::train_on(const std::vector<fs::path>& logs) const {
  std::vector<std::string> arguments = {"train", "-o", folder_ / "of_logs_alone.flyball"};
  for (const fs::path& log : logs) arguments.insert(arguments.end(), {"--log", log});
  return program_.run(arguments);
}

nlohmann::json LoudvaSteps::make_twin(const std::vector<fs::path>& logs,
                                      const std::string& name) const {
  std::vector<std::string> arguments = {"twin", "--force", "-o", folder_ / (name + ".toml")};
  for (const fs::path& log : logs) arguments.insert(arguments.end(), {"--log", log});
  return program_.ask(std::move(arguments));
}

nlohmann::json LoudvaSteps::replay(const fs::path& log, const fs::path& workload) const {
  return program_.ask({"replay", "--log", log, "--workload", workload});
}

fs::path LoudvaSteps::trace(const std::string& run) const {
  const fs::path file = folder_ / (run + "_trace.csv");
  program_.ask({"trace", "--requests", requests_of(run), "-o", file});
  return file;
}

fs::path LoudvaSteps::drawn_trace(const std::vector<std::string>& runs, double seconds,
                                  std::uint64_t seed) const {
  const fs::path file = folder_ / fmt::format("drawn_{}_{}_trace.csv", fmt::join(runs, "_"), seed);
  std::vector<std::string> arguments = {
      "trace", "-o", file, "--draw", fmt::format("{}", seconds), "--seed", fmt::format("{}", seed)};
  for (const std::string& run : runs) {
    arguments.insert(arguments.end(), {"--requests", requests_of(run)});
  }
  program_.ask(std::move(arguments));
  return file;
}

fs::path LoudvaSteps::explore(const fs::path& scenario, std::uint64_t seed) const {
  fs::path log = folder_ / fmt::format("{}_{}.csv", scenario.stem().string(), seed);
  program_.ask({"simulate", "--scenario", scenario, "--explore", "0.5", "--hold", "4",
                "--latency-factor", "4", "--seed", fmt::format("{}", seed), "-o", log});
  return log;
}

fs::path LoudvaSteps::train(const fs::path& log, const fs::path& validation, double in_time_share,
                            std::uint64_t seed) const {
  fs::path policy = fs::path(log).replace_extension(".flyball");
  program_.ask({"train", "--force", "--log", log, "--validate", validation, "--in-time",
                fmt::format("{}", in_time_share), "--seed", fmt::format("{}", seed), "-o", policy});
  return policy;
}

nlohmann::json LoudvaSteps::evaluate(const fs::path& scenario,
                                     const std::vector<std::string>& governors) const {
  return program_.ask({"evaluate", "--scenario", scenario, "--governors",
                       fmt::format("{}", fmt::join(governors, ","))});
}

}  // namespace flyball
