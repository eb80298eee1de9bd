#include "tools/online/adaptation_run.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>

#include "agent/networks/q_network.h"
#include "agent/training/checkpoint.h"
#include "agent/training/event_file.h"
#include "agent/training/run_directory.h"
#include "agent/training/run_lock.h"
#include "controllers/evaluation/sim_setup.h"
#include "controllers/evaluation/simulated_log.h"
#include "env/config/check_fields.h"
#include "env/config/fields_json.h"
#include "env/errors.h"
#include "env/output_file.h"
#include "policies/bounded_json.h"
#include "policies/policy_file.h"
#include "tools/config/scenario.h"
#include "tools/config/train_config.h"

namespace flyball {

namespace {

using nlohmann::ordered_json;
namespace fs = std::filesystem;

// What run.json says beside the options: which program wrote it.
constexpr const char* kOfTheProgram[] = {"version", "blas"};

// The configuration of the policy's training: the one named, or the one beside it. None is needed
// where the file says how it was trained.
std::optional<TrainConfig> config_of(const AdaptOptions& options, const PolicyFile& policy) {
  if (!options.config.empty()) {
    return load_train_config(options.config, {}, [&] {
      return open_keys(load_scenario(options.scenario), options.scenario);
    });
  }
  const fs::path beside = run_directory_of(options.policy) / "config.toml";
  if (fs::exists(beside)) return load_train_config(beside.string());
  if (policy.metadata.training) return std::nullopt;
  throw DataError(fmt::format(
      "{}: does not say how it was trained (written before policy files did), and {} is not there; "
      "name its training configuration by --config",
      options.policy.string(), beside.string()));
}

// What a run begins with.
struct Beginning {
  PolicyFile policy;
  std::optional<TrainConfig> config;  // of its training
};

Beginning beginning_of(const AdaptOptions& options, AdaptStart start) {
  const fs::path directory = run_directory_of(options.output);
  if (start == AdaptStart::kResumed) {
    const fs::path config = directory / "config.toml";
    return {load_policy(directory / "start.flyball"),
            fs::exists(config) ? std::optional(load_train_config(config.string())) : std::nullopt};
  }
  if (fs::weakly_canonical(options.policy) == fs::weakly_canonical(options.output)) {
    throw DataError(
        fmt::format("{}: the adapted policy needs a name of its own: its run "
                    "directory would take the place of the training's",
                    options.output.string()));
  }
  PolicyFile policy = load_policy(options.policy);
  std::optional<TrainConfig> config = config_of(options, policy);
  return {std::move(policy), std::move(config)};
}

// Fills the directory with what a resumed run needs, in the place of an earlier run's.
void write_setup(const AdaptOptions& options, const Beginning& beginning) {
  const fs::path directory = run_directory_of(options.output);
  for (const fs::directory_entry& entry : fs::directory_iterator(directory)) {
    if (entry.path().filename() != kRunLockFile) fs::remove_all(entry.path());
  }
  save_policy(directory / "start.flyball", beginning.policy);
  if (beginning.config) write_output(directory / "config.toml", beginning.config->text);
}

// What the policy's spans are: as the file says, else as the configuration does.
void configure_spans(const Beginning& beginning, AdaptationConfig& config) {
  if (beginning.config) {
    const TrainConfig& training = *beginning.config;
    if (!config.learning.limit_factor) config.learning.limit_factor = training.limit_factor;
    config.spans = training.spans;
  } else {
    for (const Knob& knob : knobs_of(beginning.policy.metadata)) {
      config.spans.knobs.push_back(knob.name);
    }
  }
  config.spans.caps.clear();
  for (const PolicyKnob& knob : beginning.policy.metadata.knobs) {
    if (knob.cap) config.spans.caps.push_back(knob.name);
  }
  config.spans.encoder = beginning.policy.metadata.encoder;
  if (const auto& training = beginning.policy.metadata.training) {
    config.spans.credit = training->credit;
  }
}

AdaptationConfig configure(const AdaptOptions& options, const Beginning& beginning,
                           const Scenario& scenario) {
  AdaptationConfig config;
  config.learning = options.learning;
  config.learning.seed = options.seed;
  config.exploring = options.exploring;
  config.exploring.seed = options.seed + 1;
  configure_spans(beginning, config);
  config.loop.period_seconds = config.spans.encoder.period_seconds;
  config.loop.sample_seconds = scenario.control.sample_seconds;
  config.loop.simulated_think_seconds = scenario.control.think_seconds;
  config.sensor_lag_seconds = scenario.board.sensor.time_constant_seconds;
  config.pace = options.pace;
  return config;
}

// The options as a resumed run needs them, wherever and under whatever defaults it is resumed.
AdaptOptions resolved(AdaptOptions options, const AdaptationConfig& config) {
  if (!options.policy.empty()) options.policy = fs::absolute(options.policy);
  options.output = absolute_output(options.output);
  options.learning = config.learning;
  return options;
}

// Throws DataError where the run is already as long as it is to become.
void restore(const fs::path& directory, double duration_seconds, Adaptation& adaptation) {
  const Checkpoint checkpoint = Checkpoint::read(directory / "checkpoint");
  StateRestorer restorer(checkpoint);
  double reached_seconds = 0.0;
  try {
    adaptation.visit_state(restorer);
    visit_value(restorer, "run.seconds", reached_seconds);
  } catch (const std::runtime_error& error) {
    throw DataError(fmt::format("{}: cannot be resumed: {}", directory.string(), error.what()));
  }
  if (reached_seconds >= duration_seconds) {
    throw DataError(fmt::format("{}: has run for {:g} s already; give a longer --duration",
                                directory.string(), reached_seconds));
  }
}

void write_windows(const fs::path& directory, const std::vector<AdaptationWindow>& windows) {
  std::string text =
      "begin_seconds,end_seconds,joules_per_request,latency_seconds,served,by_policy,by_chance,"
      "by_residents\n";
  for (const fs::directory_entry& entry : fs::directory_iterator(directory)) {
    if (entry.path().filename().string().starts_with("events.")) fs::remove(entry.path());
  }
  EventFile events(directory, 0);
  for (const AdaptationWindow& window : windows) {
    const DecisionCounts& decisions = window.decisions;
    text += fmt::format("{},{},{},{},{},{},{},{}\n", window.begin_seconds, window.end_seconds,
                        window.energy_per_request(), window.latency_seconds(), window.served,
                        decisions.policy, decisions.random, decisions.residents);
    const Scalar scalars[] = {{"joules_per_request", window.energy_per_request()},
                              {"latency_seconds", window.latency_seconds()},
                              {"decisions/random", static_cast<double>(decisions.random)},
                              {"decisions/residents", static_cast<double>(decisions.residents)}};
    events.write(static_cast<std::uint64_t>(window.end_seconds), scalars);
  }
  write_output(directory / "windows.csv", text);
}

ordered_json to_json(const AdaptationWindow& window) {
  return {{"begin_seconds", window.begin_seconds},
          {"end_seconds", window.end_seconds},
          {"joules_per_request", window.energy_per_request()},
          {"latency_seconds", window.latency_seconds()},
          {"served", window.served},
          {"by_policy", window.decisions.policy},
          {"by_chance", window.decisions.random},
          {"by_residents", window.decisions.residents}};
}

ordered_json report_of(const AdaptOptions& options, const Adaptation& adaptation,
                       const std::vector<AdaptationWindow>& windows) {
  const AdaptiveLearner& learner = adaptation.learner();
  const double rate = adaptation.learning_seconds() > 0.0
                          ? static_cast<double>(learner.steps()) / adaptation.learning_seconds()
                          : 0.0;
  ordered_json json = {{"policy", options.output.string()},
                       {"run_directory", run_directory_of(options.output).string()},
                       {"scenario", options.scenario},
                       {"version", FLYBALL_VERSION},
                       {"seed", options.seed},
                       {"pace", word_of(options.pace)},
                       {"seconds", windows.empty() ? 0.0 : windows.back().end_seconds},
                       {"changes", learner.changes()},
                       {"phase", to_string(learner.phase())},
                       {"spans", learner.spans()},
                       {"steps", learner.steps()},
                       {"steps_per_second", rate},
                       {"supported", learner.supported()},
                       {"rows_dropped", adaptation.dropped_rows()}};
  if (const auto& constraint = learner.objective().constraint) json["limit"] = constraint->limit;
  json["all"] = to_json(pooled_from(windows, 0.0));
  json["windows"] = ordered_json::array();
  for (const AdaptationWindow& window : windows) json["windows"].push_back(to_json(window));
  return json;
}

}  // namespace

ordered_json to_json(const AdaptOptions& options) {
  ordered_json json = {{kOfTheProgram[0], FLYBALL_VERSION}, {kOfTheProgram[1], blas_name()}};
  json.update(fields_to_json<ordered_json>(options));
  return json;
}

AdaptOptions read_adapt_options(const fs::path& directory) {
  if (!fs::exists(directory / "run.json")) {
    throw DataError(fmt::format("{}: no run to resume", directory.string()));
  }
  const fs::path path = directory / "run.json";
  nlohmann::json json = read_json(path);
  try {
    if (!json.is_object()) throw std::invalid_argument("an object expected");
    for (const char* key : kOfTheProgram) json.erase(key);
    auto options = fields_from_json<AdaptOptions>(json, "");
    check_fields(options);
    return options;
  } catch (const std::invalid_argument& error) {
    throw DataError(fmt::format("{}: damaged: {}", path.string(), error.what()));
  }
}

ordered_json run_adaptation(const AdaptOptions& options, AdaptStart start,
                            const std::function<bool(double)>& keep_going) {
  const fs::path directory = run_directory_of(options.output);
  const Beginning beginning = beginning_of(options, start);
  const Scenario scenario = load_scenario(options.scenario, options.assignments);
  SimPlant plant(make_sim_config(lasting(scenario, options.duration_seconds), options.seed));
  const AdaptationConfig config = configure(options, beginning, scenario);
  Adaptation adaptation(config, beginning.policy, plant);
  std::optional<RunLock> lock;
  if (start == AdaptStart::kResumed) lock.emplace(directory);
  if (start == AdaptStart::kResumed) restore(directory, options.duration_seconds, adaptation);
  WindowRecorder recorder(plant, adaptation, options.window_seconds);
  const auto now = [&] { return plant.timeline().now_seconds(); };
  bool has_begun = false;  // policy and board fit: an earlier run may be replaced
  adaptation.run(
      [&] {
        if (!has_begun) {
          if (start == AdaptStart::kNew) {
            fs::create_directories(directory);
            lock.emplace(directory);
            write_setup(options, beginning);
          }
          write_output(directory / "run.json", to_json(resolved(options, config)).dump(2) + "\n");
          has_begun = true;
        }
        recorder.tick(now());
        return !keep_going(now());
      },
      options.duration_seconds);
  recorder.finish(now());

  Checkpoint checkpoint;
  StateSaver saver(checkpoint);
  adaptation.visit_state(saver);
  double reached_seconds = now();
  visit_value(saver, "run.seconds", reached_seconds);
  checkpoint.write(directory / "checkpoint");
  save_policy(options.output, adaptation.learner().policy(FLYBALL_VERSION));
  write_windows(directory, recorder.windows());
  ordered_json report = report_of(options, adaptation, recorder.windows());
  report["interrupted"] = now() < options.duration_seconds && !plant.engine().is_finished();
  write_output(directory / "report.json", report.dump(2) + "\n");
  return report;
}

}  // namespace flyball
