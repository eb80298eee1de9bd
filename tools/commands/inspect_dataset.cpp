#include "tools/commands/inspect_dataset.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "replay/hdf5/dataset.h"
#include "tools/console.h"
#include "tools/interrupt.h"

namespace flyball {

namespace {

using nlohmann::ordered_json;

struct Figures {
  SpanCost total;
  std::map<std::string, std::size_t> decided_by;
  std::size_t settings = 0;  // joint actions that occur
  std::size_t terminated = 0;
  double lowest_weight = 0.0;
  double highest_weight = 0.0;
};

const char* to_string(DecidedBy decided_by) {
  switch (decided_by) {
    case DecidedBy::kResident: return "residents";
    case DecidedBy::kPolicy: return "policy";
    case DecidedBy::kRandom: return "random";
  }
  return "";
}

Figures figures_of(const Dataset& dataset) {
  Figures figures;
  std::map<std::uint32_t, std::size_t> actions;
  figures.lowest_weight = figures.highest_weight = dataset.transitions.front().weight;
  for (const Transition& t : dataset.transitions) {
    figures.total += t.cost();
    ++figures.decided_by[to_string(t.decided_by)];
    ++actions[t.action];
    figures.terminated += t.terminated ? 1 : 0;
    figures.lowest_weight = std::min(figures.lowest_weight, t.weight);
    figures.highest_weight = std::max(figures.highest_weight, t.weight);
  }
  figures.settings = actions.size();
  return figures;
}

ordered_json json_of(const std::string& path, const Dataset& dataset) {
  const Figures figures = figures_of(dataset);
  const DatasetInfo& info = dataset.info;
  ordered_json json = {{"dataset", path},
                       {"id", info.id},
                       {"rewards_only", dataset.rewards_only},
                       {"episodes", dataset.episodes},
                       {"transitions", dataset.transitions.size()},
                       {"terminated", figures.terminated},
                       {"observation_size", dataset.observation_size},
                       {"joint_actions", dataset.action_count},
                       {"settings_seen", figures.settings}};
  if (dataset.rewards_only) {
    json["reward_mean"] =
        -figures.total.energy_joules.value() / static_cast<double>(dataset.transitions.size());
    return json;
  }
  json["board"] = info.board;
  json["scenario"] = info.scenario;
  json["version"] = info.version;
  json["period_seconds"] = info.period_seconds;
  json["credit"] = info.credit == SpanCredit::kPeriod ? "period" : "whole_batches";
  for (const Knob& knob : info.knobs) {
    json["knobs"].push_back({{"name", knob.name}, {"levels", knob.levels}});
  }
  json["observation"] = info.observation_names;
  json["decided_by"] = figures.decided_by;
  json["weights"] = {figures.lowest_weight, figures.highest_weight};
  json["seconds"] = figures.total.seconds;
  json["energy_joules"] = figures.total.energy_joules.value();
  json["served"] = figures.total.served;
  json["missed"] = figures.total.missed;
  json["sources"] = info.sources;
  json["simulated"] = info.simulated;
  return json;
}

void print_costs(const char* title, const SpanCost& cost) {
  if (cost.served <= 0.0) return;
  say("{:<12} {:.4g} J and {:.4g} s per request, {:.2f} % missed, over {:.0f} s\n", title,
      cost.energy_joules.value() / cost.served, cost.in_system_seconds / cost.served,
      100.0 * cost.missed / cost.served, cost.seconds);
}

void print_own(const Dataset& dataset, const Figures& figures) {
  const DatasetInfo& info = dataset.info;
  say("board        {} ({}), a decision every {:g} s, credit per {}\n", info.board, info.scenario,
      info.period_seconds, info.credit == SpanCredit::kPeriod ? "period" : "whole batches");
  for (const Knob& knob : info.knobs) {
    say("  {:<10} {} levels, {:g} .. {:g}\n", knob.name, knob.levels.size(), knob.levels.front(),
        knob.levels.back());
  }
  say("observation  {}\n", fmt::join(info.observation_names, ", "));
  say("decided by  ");
  for (const auto& [who, count] : figures.decided_by) say(" {} {}", who, count);
  say("\n");
  print_costs("costs", figures.total);
  print_costs("residents", info.residents);
  say("weights      {:g} .. {:g}\n", figures.lowest_weight, figures.highest_weight);
  say("made from    {}{}\n", fmt::join(info.sources, "\n             "),
      info.simulated ? " (simulated)" : "");
}

void print(const std::string& path, const Dataset& dataset) {
  const Figures figures = figures_of(dataset);
  say("{}: dataset {}, {} transitions in {} episodes ({} terminated)\n", path, dataset.info.id,
      dataset.transitions.size(), dataset.episodes, figures.terminated);
  say("actions      {} of {} joint ones occur\n", figures.settings, dataset.action_count);
  if (!dataset.rewards_only) {
    print_own(dataset, figures);
    return;
  }
  say("observation  {} values\nholds rewards alone, {:.4g} on average\n", dataset.observation_size,
      -figures.total.energy_joules.value() / static_cast<double>(dataset.transitions.size()));
}

}  // namespace

bool is_dataset(const std::string& path) {
  if (std::filesystem::is_directory(path)) return true;
  std::ifstream stream(path, std::ios::binary);
  std::string signature(8, '\0');
  stream.read(signature.data(), 8);
  return signature == "\x89HDF\r\n\x1a\n";
}

void inspect_dataset(const std::string& path, InspectFormat format) {
  const Dataset dataset = read_dataset(path, [] { return !interrupted(); });
  if (format == InspectFormat::kJson) {
    say("{}\n", json_of(path, dataset).dump(2));
  } else {
    print(path, dataset);
  }
}

}  // namespace flyball
