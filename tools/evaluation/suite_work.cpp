#include "tools/evaluation/suite_work.h"

#include <fmt/format.h>

#include <boost/crc.hpp>
#include <cctype>
#include <optional>
#include <utility>

#include "tools/config/open_keys.h"
#include "tools/config/scenario.h"
#include "tools/config/train_config.h"
#include "tools/jobs/parallel_jobs.h"
#include "tools/jobs/program_identity.h"
#include "tools/reproduce/common/trained_policy.h"
#include "tools/reproduce/published/loudva_files.h"
#include "tools/reproduce/published/loudva_steps.h"

namespace flyball {

namespace {

// Of log, networks and drawn requests; evaluations count from small ones.
constexpr std::uint64_t kLearningSeed = 7'000'000;
constexpr double kLearnSeconds = 7200.0;
constexpr double kCheckSeconds = 600.0;
constexpr double kLoudvaInTime = 0.995;  // of the images, as `flyball reproduce loudva` asks

TrainConfig recipe_of(const LearningScenario& scenario) {
  const Scenario learn = load_scenario(scenario.learn);
  std::vector<std::string> assignments;
  if (!scenario.validation.empty()) {
    assignments.push_back(fmt::format("validation.scenario=\"{}\"", scenario.validation));
  }
  return load_train_config(recipe_for(learn), assignments,
                           [&] { return std::optional(open_keys(learn, scenario.learn)); });
}

// Where the same program makes the same policy.
std::filesystem::path kept_file(const LearningScenario& scenario, const TrainConfig& config,
                                const std::filesystem::path& folder) {
  std::string name;
  for (const char c : scenario.name) {
    const bool is_plain = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_';
    name.push_back(is_plain ? c : '_');
  }
  const std::string depends = program_identity() + scenario.learn + config.text;
  boost::crc_32_type crc;
  crc.process_bytes(depends.data(), depends.size());
  return folder / fmt::format("{}-{:08x}.flyball", name, crc.checksum());
}

std::shared_ptr<const PolicyFile> learned_policy(const LearningScenario& scenario,
                                                 const std::filesystem::path& folder) {
  const TrainConfig config = recipe_of(scenario);
  const std::filesystem::path file =
      folder.empty() ? std::filesystem::path() : kept_file(scenario, config, folder);
  if (!file.empty() && std::filesystem::exists(file)) {
    return std::make_shared<const PolicyFile>(load_policy(file));
  }
  const auto policy = train_policy(config, load_data(config, kLearningSeed), kLearningSeed).policy;
  if (!file.empty()) save_policy(file, *policy);
  return policy;
}

}  // namespace

std::vector<std::shared_ptr<const PolicyFile>> learned_policies(
    const std::vector<LearningScenario>& scenarios, const std::filesystem::path& folder,
    unsigned threads) {
  if (!folder.empty()) std::filesystem::create_directories(folder);
  std::vector<std::shared_ptr<const PolicyFile>> policies(scenarios.size());
  run_parallel("train", scenarios.size(), threads, [&](std::size_t i) {
    policies[i] = learned_policy(scenarios[i], folder);
    return scenarios[i].name;
  });
  return policies;
}

std::vector<MeasuredScenario> loudva_scenarios(const std::filesystem::path& data,
                                               const std::vector<std::string>& runs,
                                               const std::filesystem::path& folder) {
  const LoudvaSteps steps(ShippedProgram(), data, folder);
  const std::filesystem::path plant = write_loudva_plant(load_loudva_world(data), folder);
  std::vector<MeasuredScenario> scenarios;
  for (const std::string& run : runs) {
    const auto scenario = [&](const std::string& name, const std::filesystem::path& trace) {
      return write_loudva_scenario({name, plant, trace, kLoudvaInTime}, folder);
    };
    const auto drawn = [&](double seconds, std::uint64_t seed) {
      return steps.drawn_trace({run}, seconds, seed);
    };
    MeasuredScenario& measured = scenarios.emplace_back();
    measured.recorded = scenario(run, steps.trace(run));
    measured.learning.name = run;
    measured.learning.learn =
        scenario(run + "_learn", drawn(kLearnSeconds, kLearningSeed)).string();
    measured.learning.validation =
        scenario(run + "_check", drawn(kCheckSeconds, kLearningSeed + 1)).string();
  }
  return scenarios;
}

}  // namespace flyball
