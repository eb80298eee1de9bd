#include "agent/training/training_dataset.h"

#include <fmt/format.h>

#include "agent/training/training_data.h"
#include "env/errors.h"

namespace flyball {

namespace {

// Choices as 0 and 1, scales as they are; not the period, which has a place of its own, nor what
// is asked for.
std::map<std::string, double> encoding(const EncoderConfig& encoder) {
  std::map<std::string, double> values;
  const auto add = [&values](const Field& field, const auto& value) {
    values[field.key] = static_cast<double>(value);
  };
  visit(add, encoder);
  for (const char* other : {"period_seconds", "eta", "limit", "limit_scale"}) values.erase(other);
  return values;
}

[[noreturn]] void fail(const std::string& file, const std::string& what) {
  throw DataError(fmt::format("{}: {}", file, what));
}

// What a dataset does not mention was not there when it was written: its default.
void check_encoding(const std::string& file, const DatasetInfo& info, const EncoderConfig& ours) {
  std::map<std::string, double> theirs = info.encoding;
  theirs.merge(encoding(EncoderConfig{}));
  for (const auto& [name, value] : encoding(ours)) {
    if (theirs.at(name) == value) continue;
    fail(file, fmt::format("made with observation.{} = {}, the configuration has {}", name,
                           theirs.at(name), value));
  }
}

void check_same(const std::string& file, const DatasetInfo& info, const TrainConfig& config) {
  std::vector<std::string> knobs;
  for (const Knob& knob : info.knobs) knobs.push_back(knob.name);
  if (knobs != config.spans.knobs) {
    fail(file, fmt::format("its actions turn {}, the configuration's {}", fmt::join(knobs, ", "),
                           fmt::join(config.spans.knobs, ", ")));
  }
  if (info.caps != config.spans.caps) {
    fail(file, fmt::format("its actions cap [{}], the configuration's [{}]",
                           fmt::join(info.caps, ", "), fmt::join(config.spans.caps, ", ")));
  }
  const double period = config.spans.encoder.period_seconds;
  if (info.period_seconds != period) {
    fail(file, fmt::format("made with period_seconds = {}, the configuration has {}",
                           info.period_seconds, period));
  }
  if (info.credit != config.spans.credit) {
    fail(file, fmt::format("made with objective.credit = \"{}\", the configuration has \"{}\"",
                           word_of(info.credit), word_of(config.spans.credit)));
  }
  check_encoding(file, info, config.spans.encoder);
}

// The knobs that the configuration names, as the board has them in its default mode.
GovernorScope board_scope(const std::string& file, const TrainConfig& config,
                          const PlantDescription& plant) {
  GovernorScope scope;
  scope.plant = &plant;
  for (const std::string& name : config.spans.knobs) {
    try {
      const std::size_t k = find_knob(plant.knobs, name);
      scope.knobs.push_back(plant.knobs[k]);
      scope.limits.push_back(plant.limits.at(k));
    } catch (const std::invalid_argument& error) {
      fail(file, error.what());
    }
  }
  return scope;
}

// Another program's rewards: which knobs its actions turn is for the configuration to say.
void adopt(const std::string& file, const TrainConfig& config, const DatasetSource& source,
           const DescribeBoard& describe_board, Dataset& dataset) {
  if (!source.board) {
    fail(file,
         "another program's file, which does not say what its actions are: name the board in "
         "[[datasets]] board");
  }
  const ObjectiveConfig& objective = config.trainer.objective;
  if (objective.constraint) {
    fail(file, "holds rewards alone, no latency and no misses: objective.constraint must be none");
  }
  const PlantDescription plant = describe_board(*source.board);
  const GovernorScope scope = board_scope(file, config, plant);
  const ObservationEncoder encoder(config.spans.encoder, scope);
  std::size_t actions = 1;
  for (const Knob& knob : scope.knobs) actions *= knob.levels.size();
  if (dataset.action_count > actions) {
    fail(file, fmt::format("action {}, but the knobs {} have {} joint actions",
                           dataset.action_count - 1, fmt::join(config.spans.knobs, ", "), actions));
  }
  if (dataset.observation_size != encoder.size()) {
    fail(file,
         fmt::format("observations of {} values; the configuration's have {}: {}",
                     dataset.observation_size, encoder.size(), fmt::join(encoder.names(), ", ")));
  }
  DatasetInfo& info = dataset.info;
  info.board = plant.board;
  info.knobs = scope.knobs;
  info.limits = scope.limits;
  info.observation_names = encoder.names();
  for (Transition& t : dataset.transitions) {
    t.seconds = t.after_effect.seconds = config.spans.encoder.period_seconds;
    info.residents += t.after_effect;
  }
}

}  // namespace

DatasetInfo dataset_info(const TrainingSet& set, const TrainConfig& config) {
  DatasetInfo info;
  info.id = fmt::format("{}/{}-v0", set.board, config.id);
  info.version = FLYBALL_VERSION;
  info.board = set.board;
  info.scenario = set.scenario;
  info.knobs = set.knobs;
  info.caps = set.caps;
  info.limits = set.limits;
  info.period_seconds = set.period_seconds;
  info.observation_names = set.observation_names;
  info.encoding = encoding(config.spans.encoder);
  info.credit = config.spans.credit;
  info.counts = set.counts;
  info.residents = set.residents;
  info.reward = config.trainer.objective.reward;
  if (set.residents.served > 0.0) {
    TrainConfig resolved = config;
    resolve_objective(resolved, set);
    info.reward = resolved.trainer.objective.reward;
  }
  info.sources = set.logs;
  info.simulated = set.simulated;
  info.costs_are_rewards = set.rewards_only;
  return info;
}

TrainingSet training_set(Dataset&& dataset) {
  TrainingSet set;
  DatasetInfo& info = dataset.info;
  set.board = info.board;
  set.knobs = std::move(info.knobs);
  set.caps = std::move(info.caps);
  set.limits = std::move(info.limits);
  set.period_seconds = info.period_seconds;
  set.observation_names = std::move(info.observation_names);
  set.transitions = std::move(dataset.transitions);
  set.counts = info.counts;
  set.residents = info.residents;
  set.logs = std::move(info.sources);
  set.simulated = info.simulated;
  set.scenario = info.scenario;
  set.rewards_only = info.costs_are_rewards;
  return set;
}

void append_dataset(TrainingSet& set, const std::string& file, const TrainConfig& config,
                    const DatasetSource& source, const DescribeBoard& describe_board,
                    const KeepGoing& keep_going) {
  Dataset dataset = read_dataset(file, keep_going);
  const bool rewards_only = dataset.rewards_only || dataset.info.costs_are_rewards;
  if (dataset.rewards_only) {
    adopt(file, config, source, describe_board, dataset);
  } else {
    check_same(file, dataset.info, config);
  }
  if (!set.logs.empty() && set.rewards_only != rewards_only) {
    fail(file, "rewards of another program cannot be mixed with measured costs");
  }
  DatasetInfo& info = dataset.info;
  set.caps = config.spans.caps;
  LogTransitions more;
  more.observation_size = dataset.observation_size;
  more.observation_names = std::move(info.observation_names);
  more.knobs = std::move(info.knobs);
  more.limits = std::move(info.limits);
  more.transitions = std::move(dataset.transitions);
  for (Transition& t : more.transitions) t.weight *= source.weight;
  more.counts = info.counts;
  more.residents = info.residents * source.weight;
  try {
    append(set, file, info.board, std::move(more));
  } catch (const std::invalid_argument& error) {
    throw DataError(error.what());
  }
  if (info.simulated) set.sources.back().simulated_scenario = info.scenario;
  for (const std::string& name : info.sources) set.logs.push_back(file + ": " + name);
  set.simulated = set.simulated || info.simulated;
  set.rewards_only = rewards_only;
  if (set.scenario.empty()) set.scenario = info.scenario;
}

}  // namespace flyball
