#include "tools/config/workload_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <stdexcept>

#include "env/model/measured_model.h"
#include "env/model/roofline_model.h"
#include "env/nearest_name.h"
#include "tools/config/application_phases.h"
#include "tools/config/config_directory.h"
#include "tools/config/fitted_config.h"
#include "tools/config/sweep_table.h"

namespace flyball {

namespace {

BatchCycles read_cycles(const TomlTable& table, std::string_view key, double factor) {
  BatchCycles cycles;
  if (const std::optional<TomlTable> entry = table.optional_table(key)) {
    entry->read("fixed", cycles.fixed);
    entry->read("per_request", cycles.per_request);
  }
  return {factor * cycles.fixed, factor * cycles.per_request};
}

AffineSeconds read_seconds(const TomlTable& table, std::string_view key, double factor) {
  AffineSeconds seconds;
  if (const std::optional<TomlTable> entry = table.optional_table(key)) {
    entry->read("fixed", seconds.fixed);
    entry->read("per_request", seconds.per_request);
  }
  return {factor * seconds.fixed, factor * seconds.per_request};
}

struct BoardEntry {
  TomlTable table;                        // [boards.nano-4gb]
  const RelatedBoard* related = nullptr;  // it is that board's, to be carried over
};

// One request's costs by the keys of RequestCosts, carried over from the related board if need be.
RequestCosts read_costs(const BoardEntry& entry, const WorkFactors& factors) {
  const RelatedBoard related = entry.related != nullptr ? *entry.related : RelatedBoard{};
  const TomlTable& table = entry.table;
  RequestCosts costs;
  costs.gpu_cycles = table.required<double>("gpu_cycles") * factors.gpu * related.gpu;
  costs.memory_cycles =
      table.optional<double>("memory_cycles").value_or(0.0) * factors.memory * related.memory;
  costs.launch_cycles =
      table.optional<double>("launch_cycles").value_or(0.0) * factors.launch * related.host;
  costs.host_cycles =
      table.optional<double>("host_cycles").value_or(0.0) * factors.host * related.host;
  costs.input_seconds = table.optional<double>("input_seconds").value_or(0.0) * factors.host;
  table.read("gpu_intensity", costs.gpu_intensity);
  return costs;
}

// Every parameter of its own, as a fit to one's own measurements writes it.
RooflineParameters read_parameters(const TomlTable& table, const RooflineTraits& traits,
                                   const WorkFactors& factors) {
  RooflineParameters parameters = roofline_parameters(traits, {});
  parameters.gpu = read_cycles(table, "gpu", factors.gpu);
  parameters.memory = read_cycles(table, "memory", factors.memory);
  parameters.launch = read_cycles(table, "launch", factors.launch);
  parameters.host = read_cycles(table, "host", factors.host);
  parameters.prepare = read_cycles(table, "prepare", factors.prepare);
  table.read("input_seconds", parameters.input_seconds);
  table.read("input_fixed_seconds", parameters.input_fixed_seconds);
  parameters.input_seconds *= factors.host;
  parameters.input_fixed_seconds *= factors.host;
  table.read("sharpness", parameters.sharpness);
  table.read("gpu_intensity", parameters.gpu_intensity);
  table.read("gpu_stalled", parameters.gpu_stalled);
  table.read("cpu_waiting", parameters.cpu_waiting);
  return parameters;
}

std::shared_ptr<const WorkModel> read_roofline(const BoardEntry& entry, const BoardConfig& board,
                                               const WorkFactors& factors) {
  if (!board.electrical) {
    throw std::invalid_argument(fmt::format(
        "the board's file {} has no [electrical], which model \"roofline\" needs", board.board.id));
  }
  const RooflineParameters parameters =
      entry.table.contains("gpu_cycles")
          ? roofline_parameters(board.roofline, read_costs(entry, factors))
          : read_parameters(entry.table, board.roofline, factors);
  return std::make_shared<RooflineModel>(board.board, *board.electrical, parameters);
}

std::shared_ptr<const WorkModel> read_fitted_model(const TomlTable& table, const BoardConfig& board,
                                                   const WorkFactors& factors) {
  FittedParameters parameters = read_fitted(table);
  const auto scale = [](BatchCycles& cycles, double factor) {
    cycles.fixed *= factor;
    cycles.per_request *= factor;
  };
  scale(parameters.time.gpu, factors.gpu);
  scale(parameters.time.memory, factors.memory);
  scale(parameters.time.launch, factors.launch);
  scale(parameters.time.host, factors.host);
  scale(parameters.time.prepare, factors.prepare);
  return std::make_shared<FittedModel>(board.board, std::move(parameters));
}

std::shared_ptr<const WorkModel> read_measured(const TomlTable& table, const BoardConfig& board,
                                               const WorkFactors& factors) {
  const auto sweep_file = table.required<std::string>("table");
  SweepTable sweep = read_sweep_table(table.file().parent_path() / sweep_file);
  MeasuredTable measured;
  measured.frequencies_hz = std::move(sweep.frequencies_hz);
  measured.batches = std::move(sweep.batches);
  measured.seconds = std::move(sweep.seconds);
  for (std::vector<double>& row : measured.seconds) {
    for (double& seconds : row) seconds *= factors.gpu;
  }
  measured.busy_watts = std::move(sweep.watts);
  measured.idle_watts = table.required<std::vector<double>>("idle_watts");
  measured.railgated_watts = table.required<double>("railgated_watts");
  measured.rail_shares = table.required<std::vector<double>>("rail_shares");
  table.read("preparing_watts", measured.preparing_watts);
  measured.piece = table.optional<std::uint64_t>("piece");
  measured.prepare = read_seconds(table, "prepare", factors.prepare);
  measured.overlapped = read_seconds(table, "overlapped", factors.prepare);
  measured.blocking = read_seconds(table, "blocking", factors.host);
  table.read("cpu_preparing", measured.cpu_preparing);
  table.read("cpu_host", measured.cpu_host);
  table.read("cpu_accelerator", measured.cpu_accelerator);
  return std::make_shared<MeasuredModel>(board.board, std::move(measured));
}

// The board's own table, or that of the board it is related to.
BoardEntry find_board(const TomlTable& file, const BoardConfig& board) {
  const TomlTable boards = file.table("boards");
  const std::vector<std::string> known = boards.keys();
  for (const std::string& id : known) boards.skip(id);
  if (boards.contains(board.board.id)) return {boards.table(board.board.id)};
  if (board.related && boards.contains(board.related->id)) {
    TomlTable table = boards.table(board.related->id);
    if (table.contains("gpu_cycles")) return {std::move(table), &*board.related};
  }
  file.fail("boards", fmt::format("this workload is not described for {} (there are: {})",
                                  board.board.id, join_names(known)));
}

// The validators say "workload.gpu.fixed: ..." or "table.seconds[0][1]: ..."; we are inside.
std::invalid_argument without_first_name(const std::string& message) {
  for (const char* prefix : {"workload.", "table."}) {
    if (message.starts_with(prefix)) {
      return std::invalid_argument(message.substr(std::string_view(prefix).size()));
    }
  }
  return std::invalid_argument(message);
}

}  // namespace

WorkloadConfig load_workload(const std::string& id_or_path, const BoardConfig& board,
                             const std::vector<std::string>& variants) {
  const std::filesystem::path path = find_config("workloads", id_or_path);
  const TomlTable file = TomlTable::parse_file(path);
  WorkloadConfig workload;
  workload.id = path.stem().string();
  workload.title = file.required<std::string>("title");
  const std::string model = file.choice("model", {"roofline", "measured", "fitted"});
  const BoardEntry entry = find_board(file, board);
  const WorkFactors factors = read_variants(file, variants);
  workload.load_factor = factors.load;
  workload.load = read_load(entry.table, factors.load);
  workload.first_use = read_first_use(entry.table);
  try {
    workload.work = model == "roofline"   ? read_roofline(entry, board, factors)
                    : model == "measured" ? read_measured(entry.table, board, factors)
                                          : read_fitted_model(entry.table, board, factors);
  } catch (const std::invalid_argument& error) {
    entry.table.fail(without_first_name(error.what()));
  }
  file.reject_unknown();
  return workload;
}

}  // namespace flyball
