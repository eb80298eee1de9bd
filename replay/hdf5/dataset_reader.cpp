#include "replay/hdf5/dataset_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <stdexcept>

#include "replay/hdf5/dataset_fields.h"
#include "replay/hdf5/dataset_names.h"
#include "replay/hdf5/hdf5_file.h"

namespace flyball {

namespace {

using namespace dataset_names;

std::string own(const char* name) { return std::string(kOwn) + name; }

[[noreturn]] void fail(const Hdf5Group& group, const std::string& name, const std::string& what) {
  throw std::runtime_error(fmt::format("{}: {}", group.where(name), what));
}

// An attribute's values; numbers are finite.
template <typename T>
std::vector<T> attribute(const Hdf5Group& group, const std::string& name) {
  std::vector<T> values = group.attribute<T>(name);
  if constexpr (std::is_floating_point_v<T>) {
    for (const T value : values) {
      if (!std::isfinite(value)) {
        fail(group, "attribute " + name, fmt::format("{} is not finite", value));
      }
    }
  }
  return values;
}

template <typename T>
T single(const Hdf5Group& group, const std::string& name) {
  const std::vector<T> values = attribute<T>(group, name);
  if (values.size() != 1) fail(group, "attribute " + name, "one value expected");
  return values.front();
}

template <typename T>
std::vector<T> several(const Hdf5Group& group, const std::string& name, std::size_t count) {
  const std::vector<T> values = attribute<T>(group, name);
  if (values.size() != count) {
    fail(group, "attribute " + name,
         fmt::format("{} values where {} are expected", values.size(), count));
  }
  return values;
}

std::string shape_text(const std::vector<std::size_t>& shape) {
  return fmt::format("({})", fmt::join(shape, ", "));
}

template <typename T>
void require_finite(const Hdf5Group& group, const std::string& name, const Hdf5Array<T>& array) {
  const std::size_t width = array.shape.size() > 1 ? array.values.size() / array.shape[0] : 1;
  for (std::size_t i = 0; i < array.values.size(); ++i) {
    if (!std::isfinite(array.values[i])) {
      fail(group, name, fmt::format("row {}: {} is not finite", i / width, array.values[i]));
    }
  }
}

// [rows] or [rows, columns]; one column may be stored as [rows] or as [rows, 1].
template <typename T>
std::vector<T> rows_of(const Hdf5Group& group, const std::string& name, std::size_t rows,
                       std::size_t columns = 1) {
  Hdf5Array<T> array = group.read<T>(name);
  const bool narrow = columns == 1 && array.shape == std::vector<std::size_t>{rows};
  if (!narrow && array.shape != std::vector<std::size_t>{rows, columns}) {
    fail(group, name,
         fmt::format(
             "shape {} where {} is expected", shape_text(array.shape),
             columns == 1 ? fmt::format("({})", rows) : fmt::format("({}, {})", rows, columns)));
  }
  if constexpr (std::is_floating_point_v<T>) require_finite(group, name, array);
  return std::move(array.values);
}

std::vector<Knob> read_knobs(const Hdf5Group& root) {
  std::vector<Knob> knobs;
  for (const std::string& name : root.attribute<std::string>(own("knobs"))) {
    Knob knob;
    knob.name = name;
    knob.levels = attribute<double>(root, fmt::format("{}knob_{}_levels", kOwn, name));
    const std::string domains = fmt::format("{}knob_{}_domains", kOwn, name);
    if (root.has_attribute(domains)) {
      for (const std::int64_t domain : root.attribute<std::int64_t>(domains)) {
        if (domain < 0) fail(root, "attribute " + domains, "must not be negative");
        knob.domains.push_back(static_cast<std::size_t>(domain));
      }
    }
    if (knob.levels.empty() || !std::is_sorted(knob.levels.begin(), knob.levels.end())) {
      fail(root, fmt::format("attribute {}knob_{}_levels", kOwn, name),
           "ascending levels expected");
    }
    knobs.push_back(std::move(knob));
  }
  if (knobs.empty() || knobs.size() > kMaxKnobs) {
    fail(root, "attribute " + own("knobs"), fmt::format("1 to {} names expected", kMaxKnobs));
  }
  return knobs;
}

std::vector<LevelRange> read_limits(const Hdf5Group& root, const std::vector<Knob>& knobs) {
  const auto values = several<std::int64_t>(root, own("limits"), 2 * knobs.size());
  std::vector<LevelRange> limits;
  for (std::size_t k = 0; k < knobs.size(); ++k) {
    const std::int64_t floor = values[2 * k];
    const std::int64_t ceiling = values[2 * k + 1];
    if (floor < 0 || floor > ceiling ||
        ceiling >= static_cast<std::int64_t>(knobs[k].levels.size())) {
      fail(root, "attribute " + own("limits"),
           fmt::format("{} .. {} of {}: levels expected", floor, ceiling, knobs[k].name));
    }
    limits.push_back({static_cast<Level>(floor), static_cast<Level>(ceiling)});
  }
  return limits;
}

// The numbers of a struct, from the attributes of their names and their values.
template <typename Number, typename Config>
void read_numbers(const Hdf5Group& root, const char* keys, const char* values, Config& config) {
  NumberFields<Number> numbers;
  numbers.keys = root.attribute<std::string>(own(keys));
  numbers.values = several<Number>(root, own(values), numbers.keys.size());
  try {
    set_numbers(numbers, config);
  } catch (const std::invalid_argument& error) {
    fail(root, "attribute " + own(values), error.what());
  }
}

DatasetInfo read_info(const Hdf5Group& root) {
  DatasetInfo info;
  FieldsFromAttributes fields(root, kOwn);
  visit(fields, info);
  const auto names = root.attribute<std::string>(own("encoding_names"));
  const auto values = several<double>(root, own("encoding"), names.size());
  for (std::size_t i = 0; i < names.size(); ++i) info.encoding[names[i]] = values[i];
  read_numbers<std::int64_t>(root, "count_names", "counts", info.counts);
  read_numbers<double>(root, "cost_columns", "residents", info.residents);
  read_numbers<double>(root, "reward_names", "reward", info.reward);
  info.knobs = read_knobs(root);
  info.limits = read_limits(root, info.knobs);
  return info;
}

class EpisodeReader {
 public:
  EpisodeReader(const Hdf5Group& group, const Dataset& dataset)
      : group_(group), dataset_(dataset) {}

  std::vector<Transition> read() {
    read_observations();
    read_actions();
    const auto terminations = rows_of<Hdf5Bool>(group_, kTerminations, count());
    const auto truncations = rows_of<Hdf5Bool>(group_, kTruncations, count());
    const auto rewards = rows_of<double>(group_, kRewards, count());
    for (std::size_t i = 0; i < count(); ++i) {
      Transition& step = steps_[i];
      step.terminated = terminations[i] != Hdf5Bool::kFalse;
      step.truncated = truncations[i] != Hdf5Bool::kFalse;
      if (dataset_.rewards_only) {
        step.seconds = 1.0;
        step.after_effect = {1.0, -rewards[i], 0.0, 1.0, 0.0};
      }
    }
    if (!dataset_.rewards_only) read_infos();
    return std::move(steps_);
  }

  std::size_t observation_size() const { return size_; }

 private:
  std::size_t count() const { return steps_.size(); }

  void read_observations() {
    if (group_.has_group(kObservations)) {
      fail(group_, kObservations, "a Dict or Tuple space; only a Box of one dimension is read");
    }
    const Hdf5Array<float> array = group_.read<float>(kObservations);
    if (array.shape.empty() || array.shape.size() > 2 || array.shape[0] < 2 ||
        array.values.empty()) {
      fail(group_, kObservations,
           fmt::format("shape {} where (steps + 1, size) is expected", shape_text(array.shape)));
    }
    require_finite(group_, kObservations, array);
    size_ = array.shape.size() == 2 ? array.shape[1] : 1;
    if (dataset_.observation_size != 0 && dataset_.observation_size != size_) {
      fail(group_, kObservations,
           fmt::format("{} values where {} are expected", size_, dataset_.observation_size));
    }
    steps_.resize(array.shape[0] - 1);
    const auto row = [&](std::size_t i) {
      const auto begin = array.values.begin() + static_cast<std::ptrdiff_t>(i * size_);
      return std::vector<float>(begin, begin + static_cast<std::ptrdiff_t>(size_));
    };
    for (std::size_t i = 0; i < count(); ++i) {
      steps_[i].observation = row(i);
      steps_[i].next_observation = row(i + 1);
    }
  }

  void read_actions() {
    if (group_.has_group(kActions)) {
      fail(group_, kActions, "a Dict or Tuple space; only a Discrete one is read");
    }
    const auto actions = rows_of<std::int64_t>(group_, kActions, count());
    const auto limit =
        static_cast<std::int64_t>(dataset_.rewards_only ? kMaxActions : dataset_.action_count);
    for (std::size_t i = 0; i < count(); ++i) {
      if (actions[i] < 0 || actions[i] >= limit) {
        fail(group_, kActions,
             fmt::format("row {}: {} is no action, 0 .. {} are", i, actions[i], limit - 1));
      }
      steps_[i].action = static_cast<std::uint32_t>(actions[i]);
    }
  }

  void read_infos() {
    const Hdf5Group infos = group_.group(kInfos);
    const std::size_t rows = count() + 1;
    const auto before = rows_of<double>(infos, kBefore, rows, kCostColumns);
    const auto after = rows_of<double>(infos, kAfter, rows, kCostColumns);
    const auto effect_seconds = rows_of<double>(infos, kEffectSeconds, rows);
    const auto seconds = rows_of<double>(infos, kSeconds, rows);
    const auto weights = rows_of<double>(infos, kWeight, rows);
    const auto decided = rows_of<std::int64_t>(infos, kDecidedBy, rows);
    const auto cost = [](const std::vector<double>& values, std::size_t row) {
      const double* c = values.data() + row * kCostColumns;
      return SpanCost{c[0], c[1], c[2], c[3], c[4]};
    };
    for (std::size_t i = 0; i < count(); ++i) {
      Transition& step = steps_[i];
      step.before_effect = cost(before, i + 1);
      step.after_effect = cost(after, i + 1);
      step.effect_seconds = effect_seconds[i + 1];
      step.seconds = positive(infos, kSeconds, seconds, i + 1);
      step.weight = positive(infos, kWeight, weights, i + 1);
      if (decided[i + 1] < 0 || decided[i + 1] > 2) {
        fail(infos, kDecidedBy, fmt::format("row {}: 0, 1 or 2 expected", i + 1));
      }
      step.decided_by = static_cast<DecidedBy>(decided[i + 1]);
    }
    read_levels(infos);
    read_optional(infos);
  }

  static double positive(const Hdf5Group& group, const char* name,
                         const std::vector<double>& values, std::size_t row) {
    if (!(values[row] > 0.0)) {
      fail(group, name, fmt::format("row {}: {} must be > 0", row, values[row]));
    }
    return values[row];
  }

  // They say again what `actions` says.
  void read_levels(const Hdf5Group& infos) const {
    const std::vector<Knob>& knobs = dataset_.info.knobs;
    const auto levels = rows_of<std::int64_t>(infos, kLevels, count() + 1, knobs.size());
    for (std::size_t i = 0; i < count(); ++i) {
      std::int64_t joint = 0;
      for (std::size_t k = 0; k < knobs.size(); ++k) {
        const auto size = static_cast<std::int64_t>(knobs[k].levels.size());
        const std::int64_t level = levels[(i + 1) * knobs.size() + k];
        if (level < 0 || level >= size) {
          fail(infos, kLevels, fmt::format("row {}: {} is no level", i + 1, level));
        }
        joint = joint * size + level;
      }
      if (joint != static_cast<std::int64_t>(steps_[i].action)) {
        fail(infos, kLevels, fmt::format("row {}: not what actions says", i + 1));
      }
    }
  }

  void read_optional(const Hdf5Group& infos) {
    if (infos.has(kHasProbability)) {
      const auto has = rows_of<Hdf5Bool>(infos, kHasProbability, count() + 1);
      const auto values = rows_of<double>(infos, kProbability, count() + 1);
      for (std::size_t i = 0; i < count(); ++i) {
        if (has[i + 1] == Hdf5Bool::kTrue) steps_[i].probability = values[i + 1];
      }
    }
    if (!infos.has(kHasAtEffect)) return;
    const auto has = rows_of<Hdf5Bool>(infos, kHasAtEffect, count() + 1);
    const auto rows = rows_of<float>(infos, kAtEffect, count() + 1, size_);
    for (std::size_t i = 0; i < count(); ++i) {
      if (has[i + 1] != Hdf5Bool::kTrue) continue;
      const auto begin = rows.begin() + static_cast<std::ptrdiff_t>((i + 1) * size_);
      steps_[i].effect_observation.assign(begin, begin + static_cast<std::ptrdiff_t>(size_));
    }
  }

  const Hdf5Group& group_;
  const Dataset& dataset_;
  std::size_t size_ = 0;
  std::vector<Transition> steps_;
};

std::size_t episode_count(const Hdf5Group& root) {
  std::size_t count = 0;
  while (root.has(fmt::format("episode_{}", count))) ++count;
  if (root.has_attribute("total_episodes")) {
    const auto total = single<std::int64_t>(root, "total_episodes");
    if (total != static_cast<std::int64_t>(count)) {
      fail(root, fmt::format("episode_{}", count),
           fmt::format("missing; the file says that it has {} episodes", total));
    }
  }
  if (count == 0) fail(root, "episode_0", "missing: not a dataset in Minari's layout");
  return count;
}

void append_episode(Dataset& dataset, const Hdf5Group& group) {
  EpisodeReader reader(group, dataset);
  std::vector<Transition> steps = reader.read();
  dataset.observation_size = reader.observation_size();
  for (Transition& step : steps) {
    if (dataset.rewards_only) {
      dataset.action_count = std::max<std::size_t>(dataset.action_count, step.action + 1U);
    }
    dataset.transitions.push_back(std::move(step));
  }
}

}  // namespace

Dataset parse_dataset(const std::filesystem::path& file) {
  const Hdf5Group root = Hdf5Group::open_file(file);
  Dataset dataset;
  dataset.rewards_only = !root.has_attribute(own("version"));
  if (!dataset.rewards_only) {
    dataset.info = read_info(root);
    dataset.observation_size = dataset.info.observation_names.size();
    dataset.action_count = 1;
    for (const Knob& knob : dataset.info.knobs) {
      dataset.action_count *= knob.levels.size();
      if (dataset.action_count > kMaxActions) fail(root, own("knobs"), "too many joint actions");
    }
  }
  if (root.has_attribute("dataset_id")) dataset.info.id = single<std::string>(root, "dataset_id");
  dataset.episodes = episode_count(root);
  for (std::size_t i = 0; i < dataset.episodes; ++i) {
    append_episode(dataset, root.group(fmt::format("episode_{}", i)));
  }
  if (root.has_attribute("total_steps")) {
    const auto total = single<std::int64_t>(root, "total_steps");
    if (total != static_cast<std::int64_t>(dataset.transitions.size())) {
      fail(root, "attribute total_steps",
           fmt::format("{}, yet the episodes have {} steps", total, dataset.transitions.size()));
    }
  }
  return dataset;
}

}  // namespace flyball
