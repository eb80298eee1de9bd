#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <stdexcept>
#include <system_error>

#include "env/output_file.h"
#include "replay/hdf5/dataset.h"
#include "replay/hdf5/dataset_fields.h"
#include "replay/hdf5/dataset_names.h"
#include "replay/hdf5/hdf5_file.h"

namespace flyball {

namespace {

using namespace dataset_names;

struct Episode {
  std::size_t begin = 0;
  std::size_t end = 0;
};

bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

std::vector<Episode> episodes_of(std::span<const Transition> transitions) {
  std::vector<Episode> episodes;
  Episode episode;
  for (std::size_t i = 0; i < transitions.size(); ++i) {
    const Transition& t = transitions[i];
    const bool ends = t.terminated || t.truncated || i + 1 == transitions.size() ||
                      !same_bits(t.next_observation, transitions[i + 1].observation);
    if (!ends) continue;
    episode.end = i + 1;
    episodes.push_back(episode);
    episode.begin = i + 1;
  }
  return episodes;
}

void check_cost(const SpanCost& cost, std::size_t index) {
  if (!cost.energy_joules) {
    throw std::invalid_argument(fmt::format("transition {}: its energy is not known", index));
  }
  for (const double value :
       {cost.seconds, *cost.energy_joules, cost.in_system_seconds, cost.served, cost.missed}) {
    if (!std::isfinite(value)) {
      throw std::invalid_argument(fmt::format("transition {}: costs must be finite", index));
    }
  }
}

void check_row(const std::vector<float>& row, std::size_t size, std::size_t index) {
  if (row.size() != size) {
    throw std::invalid_argument(
        fmt::format("transition {}: {} values in an observation of {}", index, row.size(), size));
  }
  for (const float value : row) {
    if (!std::isfinite(value)) {
      throw std::invalid_argument(fmt::format("transition {}: observations must be finite", index));
    }
  }
}

void check(const DatasetInfo& info, std::span<const Transition> transitions) {
  if (transitions.empty()) throw std::invalid_argument("a dataset needs at least one transition");
  const std::size_t size = transitions.front().observation.size();
  if (info.observation_names.size() != size) {
    throw std::invalid_argument("one name per value of an observation expected");
  }
  for (std::size_t i = 0; i < transitions.size(); ++i) {
    const Transition& t = transitions[i];
    check_row(t.observation, size, i);
    check_row(t.next_observation, size, i);
    if (!t.effect_observation.empty()) check_row(t.effect_observation, size, i);
    check_cost(t.before_effect, i);
    check_cost(t.after_effect, i);
  }
}

std::size_t action_count(const std::vector<Knob>& knobs) {
  std::size_t count = 1;
  for (const Knob& knob : knobs) count *= knob.levels.size();
  return count;
}

// Text as a JSON string.
std::string quoted(const std::string& text) {
  std::string json = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') json += '\\';
    if (static_cast<unsigned char>(c) < 0x20) {
      json += fmt::format("\\u{:04x}", c);
    } else {
      json += c;
    }
  }
  return json + '"';
}

// Gymnasium's spaces in Minari's serialization.
std::string observation_space(std::size_t size) {
  const std::string low = fmt::format("{}", fmt::join(std::vector<int>(size, -10), ".0, "));
  const std::string high = fmt::format("{}", fmt::join(std::vector<int>(size, 10), ".0, "));
  return fmt::format(
      R"({{"type": "Box", "dtype": "float32", "shape": [{}], "low": [{}.0], "high": [{}.0]}})",
      size, low, high);
}

std::string action_space(std::size_t count) {
  return fmt::format(R"({{"type": "Discrete", "dtype": "int64", "start": 0, "n": {}}})", count);
}

void write_knobs(Hdf5Group& root, const DatasetInfo& info) {
  std::vector<std::string> names;
  std::vector<std::int64_t> limits;
  for (std::size_t k = 0; k < info.knobs.size(); ++k) {
    const Knob& knob = info.knobs[k];
    names.push_back(knob.name);
    limits.push_back(info.limits.at(k).floor);
    limits.push_back(info.limits.at(k).ceiling);
    root.set_attribute(fmt::format("{}knob_{}_levels", kOwn, knob.name), knob.levels);
    if (knob.is_application()) continue;
    root.set_attribute(fmt::format("{}knob_{}_domains", kOwn, knob.name),
                       std::vector<std::int64_t>(knob.domains.begin(), knob.domains.end()));
  }
  root.set_attribute(std::string(kOwn) + "knobs", names);
  root.set_attribute(std::string(kOwn) + "limits", limits);
}

void write_info(Hdf5Group& root, const DatasetInfo& info) {
  const auto own = [](const char* name) { return std::string(kOwn) + name; };
  FieldsToAttributes fields(root, kOwn);
  visit(fields, info);
  std::vector<std::string> names;
  std::vector<double> values;
  for (const auto& [name, value] : info.encoding) {
    names.push_back(name);
    values.push_back(value);
  }
  root.set_attribute(own("encoding_names"), names);
  root.set_attribute(own("encoding"), values);
  const auto counts = numbers_of<std::int64_t>(info.counts);
  root.set_attribute(own("counts"), counts.values);
  root.set_attribute(own("count_names"), counts.keys);
  const auto residents = numbers_of<double>(info.residents);
  root.set_attribute(own("residents"), residents.values);
  root.set_attribute(own("cost_columns"), residents.keys);
  const auto reward = numbers_of<double>(info.reward);
  root.set_attribute(own("reward_names"), reward.keys);
  root.set_attribute(own("reward"), reward.values);
  write_knobs(root, info);
}

// One episode's columns. Those of infos have a first row of zeros: what reset() would return.
class EpisodeWriter {
 public:
  EpisodeWriter(Hdf5Group& root, std::size_t number, std::span<const Transition> steps,
                const DatasetInfo& info)
      : steps_(steps), info_(info), group_(root.create_group(fmt::format("episode_{}", number))) {
    group_.set_attribute("id", static_cast<std::int64_t>(number));
    group_.set_attribute("total_steps", static_cast<std::int64_t>(steps_.size()));
  }

  void write() {
    write_observations();
    column<std::int64_t>(group_, kActions, 0, [](const Transition& t) { return t.action; });
    write_rewards();
    const auto truth = [](bool value) { return value ? Hdf5Bool::kTrue : Hdf5Bool::kFalse; };
    column<Hdf5Bool>(group_, kTerminations, 0,
                     [&](const Transition& t) { return truth(t.terminated); });
    column<Hdf5Bool>(group_, kTruncations, 0,
                     [&](const Transition& t) { return truth(t.truncated); });
    Hdf5Group infos = group_.create_group(kInfos);
    costs(infos, kBefore, &Transition::before_effect);
    costs(infos, kAfter, &Transition::after_effect);
    column<double>(infos, kEffectSeconds, 1, [](const Transition& t) { return t.effect_seconds; });
    column<double>(infos, kSeconds, 1, [](const Transition& t) { return t.seconds; });
    column<double>(infos, kWeight, 1, [](const Transition& t) { return t.weight; });
    column<std::int64_t>(infos, kDecidedBy, 1, [](const Transition& t) {
      return static_cast<std::int64_t>(t.decided_by);
    });
    write_levels(infos);
    write_optional(infos);
  }

 private:
  // `lead` rows of zeros, then one value per step.
  template <typename T, typename Get>
  void column(Hdf5Group& group, const char* name, std::size_t lead, const Get& get) {
    std::vector<T> values(lead, T{});
    for (const Transition& step : steps_) values.push_back(static_cast<T>(get(step)));
    group.write<T>(name, values, {values.size()});
  }

  void write_observations() {
    std::vector<float> rows;
    const std::size_t size = steps_.front().observation.size();
    for (const Transition& t : steps_) {
      rows.insert(rows.end(), t.observation.begin(), t.observation.end());
    }
    const std::vector<float>& last = steps_.back().next_observation;
    rows.insert(rows.end(), last.begin(), last.end());
    group_.write<float>(kObservations, rows, {steps_.size() + 1, size});
  }

  void write_rewards() {
    std::vector<double> rewards;
    for (const Transition& t : steps_) rewards.push_back(reward(info_.reward, t.cost()));
    group_.write<double>(kRewards, rewards, {rewards.size()});
    const auto count = static_cast<double>(rewards.size());
    double sum = 0.0;
    for (const double value : rewards) sum += value;
    double squares = 0.0;
    for (const double value : rewards) squares += std::pow(value - sum / count, 2.0);
    group_.set_attribute("rewards_max", *std::max_element(rewards.begin(), rewards.end()));
    group_.set_attribute("rewards_min", *std::min_element(rewards.begin(), rewards.end()));
    group_.set_attribute("rewards_mean", sum / count);
    group_.set_attribute("rewards_std", std::sqrt(squares / count));
    group_.set_attribute("rewards_sum", sum);
  }

  void costs(Hdf5Group& infos, const char* name, SpanCost Transition::*member) {
    std::vector<double> rows(kCostColumns, 0.0);
    for (const Transition& t : steps_) {
      const SpanCost& c = t.*member;
      rows.insert(rows.end(),
                  {c.seconds, c.energy_joules.value(), c.in_system_seconds, c.served, c.missed});
    }
    infos.write<double>(name, rows, {steps_.size() + 1, kCostColumns});
  }

  void write_levels(Hdf5Group& infos) {
    if (info_.knobs.empty()) return;
    const std::size_t knobs = info_.knobs.size();
    std::vector<std::int64_t> rows((steps_.size() + 1) * knobs, 0);
    for (std::size_t step = 0; step < steps_.size(); ++step) {
      std::size_t joint = steps_[step].action;
      for (std::size_t k = knobs; k-- > 0;) {
        const std::size_t levels = info_.knobs[k].levels.size();
        rows[(step + 1) * knobs + k] = static_cast<std::int64_t>(joint % levels);
        joint /= levels;
      }
    }
    infos.write<std::int64_t>(kLevels, rows, {steps_.size() + 1, knobs});
  }

  // Columns that are there only if some step has such a value.
  void write_optional(Hdf5Group& infos) {
    const auto truth = [](bool value) { return value ? Hdf5Bool::kTrue : Hdf5Bool::kFalse; };
    const auto any = [&](const auto& has) {
      return std::any_of(steps_.begin(), steps_.end(), has);
    };
    const auto has_probability = [](const Transition& t) { return t.probability.has_value(); };
    if (any(has_probability)) {
      column<Hdf5Bool>(infos, kHasProbability, 1,
                       [&](const Transition& t) { return truth(has_probability(t)); });
      column<double>(infos, kProbability, 1,
                     [](const Transition& t) { return t.probability.value_or(0.0); });
    }
    const auto has_effect = [](const Transition& t) { return !t.effect_observation.empty(); };
    if (!any(has_effect)) return;
    column<Hdf5Bool>(infos, kHasAtEffect, 1,
                     [&](const Transition& t) { return truth(has_effect(t)); });
    const std::size_t size = steps_.front().observation.size();
    std::vector<float> rows((steps_.size() + 1) * size, 0.0F);
    for (std::size_t step = 0; step < steps_.size(); ++step) {
      std::copy(steps_[step].effect_observation.begin(), steps_[step].effect_observation.end(),
                rows.begin() + static_cast<std::ptrdiff_t>((step + 1) * size));
    }
    infos.write<float>(kAtEffect, rows, {steps_.size() + 1, size});
  }

  std::span<const Transition> steps_;
  const DatasetInfo& info_;
  Hdf5Group group_;
};

void write_file(const std::filesystem::path& path, const DatasetInfo& info,
                std::span<const Transition> transitions) {
  const std::vector<Episode> episodes = episodes_of(transitions);
  Hdf5Group root = Hdf5Group::create_file(path);
  root.set_attribute("dataset_id", info.id);
  root.set_attribute("minari_version", std::string(kMinariVersion));
  root.set_attribute("total_episodes", static_cast<std::int64_t>(episodes.size()));
  root.set_attribute("total_steps", static_cast<std::int64_t>(transitions.size()));
  root.set_attribute("observation_space", observation_space(info.observation_names.size()));
  root.set_attribute("action_space", action_space(action_count(info.knobs)));
  write_info(root, info);
  for (std::size_t i = 0; i < episodes.size(); ++i) {
    const Episode& episode = episodes[i];
    EpisodeWriter(root, i, transitions.subspan(episode.begin, episode.end - episode.begin), info)
        .write();
  }
  root.flush();
}

// Minari keeps these beside the data, as JSON.
void write_metadata(const std::filesystem::path& path, const DatasetInfo& info,
                    std::span<const Transition> transitions) {
  const std::string text = fmt::format(
      "{{\"dataset_id\": {}, \"minari_version\": {}, \"data_format\": \"hdf5\",\n"
      " \"total_episodes\": {}, \"total_steps\": {},\n \"observation_space\": {},\n"
      " \"action_space\": {}}}\n",
      quoted(info.id), quoted(kMinariVersion), episodes_of(transitions).size(), transitions.size(),
      quoted(observation_space(info.observation_names.size())),
      quoted(action_space(action_count(info.knobs))));
  write_output(path, text);
}

}  // namespace

bool is_dataset_file(const std::filesystem::path& path) {
  const std::string ending = path.extension().string();
  if (ending == ".hdf5" || ending == ".h5" || ending == ".hdf") return true;
  return is_written_through(path) && !std::filesystem::is_directory(path);
}

void write_dataset(const std::filesystem::path& path, const DatasetInfo& info,
                   std::span<const Transition> transitions) {
  check(info, transitions);
  std::filesystem::path file = path;
  if (!is_dataset_file(path)) {
    const bool is_taken = std::filesystem::is_symlink(path) || std::filesystem::exists(path);
    if (is_taken && !std::filesystem::is_directory(path)) {
      throw std::system_error(ENOTDIR, std::generic_category(),
                              path.string() + ": a dataset is NAME.hdf5 or a folder");
    }
    const std::filesystem::path folder = path / "data";
    std::filesystem::create_directories(folder);
    write_metadata(folder / "metadata.json", info, transitions);
    file = folder / kMainFile;
  }
  OutputFile output(file);
  write_file(output.scratch(), info, transitions);
  output.commit();
}

}  // namespace flyball
