#include "tools/search/found_setting.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "env/errors.h"

namespace flyball {

namespace {

constexpr int kModeId = 90;  // above those that boards ship with

// The clusters' names in the configurations of JetPack 4 and 5.
std::vector<std::string> cluster_names(const Board& board) {
  std::vector<std::string> names;
  std::size_t policy = 0;
  for (const Domain& domain : board.domains) {
    if (domain.kind != DomainKind::kCpu) continue;
    if (board.soc == "t210") {
      names.emplace_back("CPU_A57");
    } else if (board.soc == "t186") {
      names.emplace_back(policy == 0 ? "CPU_A57" : "CPU_DENVER");
    } else if (board.soc == "t194") {
      names.push_back(fmt::format("CPU_DENVER_{}", policy));
    } else {
      names.push_back(fmt::format("CPU_A78_{}", policy));
    }
    ++policy;
  }
  return names;
}

std::string pin(const std::string& clock, double minimum, double maximum) {
  return fmt::format("{0} MIN_FREQ {1:.0f}\n{0} MAX_FREQ {2:.0f}\n", clock, minimum, maximum);
}

}  // namespace

FoundSetting found_setting(const Board& board, const SearchSpace& space, std::size_t candidate) {
  FoundSetting found;
  for (std::size_t k = 0; k < space.knob_count(); ++k) {
    const Knob& searched = space.knobs()[k];
    const auto own = std::ranges::find(board.knobs, searched.name, &Knob::name);
    if (!searched.is_application() && own == board.knobs.end()) {
      throw DataError(fmt::format("{} has no knob {}", board.id, searched.name));
    }
    found.knobs.push_back(searched.is_application() ? searched : *own);
    found.levels.push_back(level_nearest(found.knobs.back().levels, space.value(candidate, k)));
  }
  return found;
}

PolicyFile fixed_policy(const std::string& board, const FoundSetting& setting,
                        const std::string& scenario) {
  PolicyFile file;
  PolicyMetadata& metadata = file.metadata;
  metadata.board = board;
  std::size_t outputs = 0;
  for (const Knob& knob : setting.knobs) {
    metadata.knobs.push_back({knob.name, knob.levels, knob.is_application()});
    outputs += knob.levels.size();
  }
  metadata.encoder.with_effective = metadata.encoder.with_utilization = false;
  metadata.encoder.with_previous_action = metadata.encoder.with_vector_to_go = false;
  metadata.cost_head = Head::kBranching;
  const ActionSpace actions = action_space_of(setting.knobs);
  metadata.support.assign(actions.size(), 0);
  metadata.support[actions.index_of(setting.levels)] = 1;
  metadata.provenance.version = FLYBALL_VERSION;
  metadata.provenance.scenario = scenario;
  const std::size_t inputs = observation_names(metadata).size();
  file.tensors["cost.0.weight"] = {{outputs, inputs}, std::vector<float>(outputs * inputs, 0.0F)};
  file.tensors["cost.0.bias"] = {{outputs}, std::vector<float>(outputs, 0.0F)};
  return file;
}

std::string nvpmodel_block(const Board& board, const FoundSetting& setting, int cpus_online) {
  std::string text = fmt::format("< POWER_MODEL ID={} NAME=FLYBALL >\n", kModeId);
  for (int cpu = 0; cpu < board.cpus; ++cpu) {
    text += fmt::format("CPU_ONLINE CORE_{} {:d}\n", cpu, cpu < cpus_online);
  }
  std::string notes;
  for (std::size_t k = 0; k < setting.knobs.size(); ++k) {
    const Knob& knob = setting.knobs[k];
    const double value = knob.levels[setting.levels[k]];
    if (knob.name == "cpu") {
      const double kilohertz = std::round(value / 1e3);
      for (const std::string& name : cluster_names(board)) text += pin(name, kilohertz, kilohertz);
    } else if (knob.name == "gpu") {
      text += pin("GPU", value, value);
    } else if (knob.name == "emc") {
      text += fmt::format("EMC MAX_FREQ {:.0f}\n", value);
      notes += "# The memory is capped, not pinned: nvpmodel has no floor for it.\n";
    } else {
      notes += fmt::format("# Not of nvpmodel: {} {:g}.\n", knob.name, value);
    }
  }
  return "# Put into /etc/nvpmodel.conf; the names of the CPU clusters have to be those there.\n" +
         notes + text;
}

}  // namespace flyball
