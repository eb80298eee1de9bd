#include "tools/config/workload_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>

#include "env/nearest_name.h"
#include "tools/config/config_directory.h"
#include "tools/config/fitted_config.h"
#include "tools/config/outer_name.h"
#include "tools/config/read_fields.h"
#include "tools/config/sweep_table.h"
#include "tools/config/workload_toml.h"

namespace flyball {

namespace {

using Model = std::shared_ptr<const WorkModel>;

constexpr double kMostRequestSeconds = 3600.0;

template <typename Parts>
Parts times(Parts parts, double factor) {
  return {factor * parts.fixed, factor * parts.per_request};
}

// Six numbers, carried over from the related board if need be.
RequestCosts costs_of(const RooflineToml& work, const WorkFactors& factors,
                      const RelatedBoard& related) {
  RequestCosts costs;
  costs.gpu_cycles = *work.gpu_cycles * factors.gpu * related.gpu;
  costs.memory_cycles = work.memory_cycles.value_or(0.0) * factors.memory * related.memory;
  costs.launch_cycles = work.launch_cycles.value_or(0.0) * factors.launch * related.host;
  costs.host_cycles = work.host_cycles.value_or(0.0) * factors.host * related.host;
  costs.input_seconds = work.input_seconds * factors.host;
  costs.gpu_intensity = work.gpu_intensity.value_or(costs.gpu_intensity);
  return costs;
}

// Every part by itself.
RooflineParameters parts_of(const RooflineToml& work, const RooflineTraits& traits,
                            const WorkFactors& factors) {
  RooflineParameters parameters = roofline_parameters(traits, {});
  parameters.gpu = times(work.gpu.value_or(BatchCycles{}), factors.gpu);
  parameters.memory = times(work.memory.value_or(BatchCycles{}), factors.memory);
  parameters.launch = times(work.launch.value_or(BatchCycles{}), factors.launch);
  parameters.host = times(work.host.value_or(BatchCycles{}), factors.host);
  parameters.prepare = times(work.prepare.value_or(BatchCycles{}), factors.prepare);
  parameters.input_seconds = work.input_seconds * factors.host;
  parameters.input_fixed_seconds = work.input_fixed_seconds.value_or(0.0) * factors.host;
  parameters.sharpness = work.sharpness.value_or(parameters.sharpness);
  parameters.gpu_intensity = work.gpu_intensity.value_or(parameters.gpu_intensity);
  parameters.gpu_stalled = work.gpu_stalled.value_or(parameters.gpu_stalled);
  parameters.cpu_waiting = work.cpu_waiting.value_or(parameters.cpu_waiting);
  return parameters;
}

// Six numbers or parts, not some of both.
void check_kind(const RooflineToml& work) {
  const auto refuse = [](bool given, const char* key, const char* why) {
    if (given) throw std::invalid_argument(fmt::format("{}: {}", key, why));
  };
  if (work.gpu_cycles) {
    const char* const why = "is for workloads given part by part, this one has gpu_cycles";
    refuse(work.gpu.has_value(), "gpu", why);
    refuse(work.memory.has_value(), "memory", why);
    refuse(work.launch.has_value(), "launch", why);
    refuse(work.host.has_value(), "host", why);
    refuse(work.prepare.has_value(), "prepare", why);
    refuse(work.input_fixed_seconds.has_value(), "input_fixed_seconds", why);
    refuse(work.sharpness.has_value(), "sharpness", why);
    refuse(work.gpu_stalled.has_value(), "gpu_stalled", why);
    refuse(work.cpu_waiting.has_value(), "cpu_waiting", why);
  } else {
    const char* const why = "needs gpu_cycles beside it";
    refuse(work.memory_cycles.has_value(), "memory_cycles", why);
    refuse(work.launch_cycles.has_value(), "launch_cycles", why);
    refuse(work.host_cycles.has_value(), "host_cycles", why);
  }
}

struct BoardWork {
  const BoardConfig& board;
  const WorkFactors& factors;
  RelatedBoard related;  // whose table it is; factors of 1: the board's own
};

Model make_work(const RooflineToml& work, const BoardWork& on) {
  if (!on.board.electrical) {
    throw std::invalid_argument(
        fmt::format("the board's file {} has no [electrical], which model \"roofline\" needs",
                    on.board.board.id));
  }
  check_kind(work);
  const RooflineParameters parameters =
      work.gpu_cycles
          ? roofline_parameters(on.board.roofline, costs_of(work, on.factors, on.related))
          : parts_of(work, on.board.roofline, on.factors);
  return std::make_shared<RooflineModel>(on.board.board, *on.board.electrical, parameters);
}

Model make_work(const MeasuredToml& work, const BoardWork& on) {
  SweepTable sweep = read_sweep_table(work.table);
  MeasuredTable measured = work.measured;
  measured.frequencies_hz = std::move(sweep.frequencies_hz);
  measured.batches = std::move(sweep.batches);
  measured.seconds = std::move(sweep.seconds);
  for (std::vector<double>& row : measured.seconds) {
    for (double& seconds : row) seconds *= on.factors.gpu;
  }
  measured.busy_watts = std::move(sweep.watts);
  measured.prepare = times(measured.prepare, on.factors.prepare);
  measured.overlapped = times(measured.overlapped, on.factors.prepare);
  measured.blocking = times(measured.blocking, on.factors.host);
  return std::make_shared<MeasuredModel>(on.board.board, std::move(measured));
}

Model make_work(const FittedToml& work, const BoardWork& on) {
  FittedParameters parameters = fitted_parameters(work);
  FittedTime& time = parameters.time;
  time.gpu = times(time.gpu, on.factors.gpu);
  time.memory = times(time.memory, on.factors.memory);
  time.launch = times(time.launch, on.factors.launch);
  time.host = times(time.host, on.factors.host);
  time.prepare = times(time.prepare, on.factors.prepare);
  return std::make_shared<FittedModel>(on.board.board, std::move(parameters));
}

OperatingPoint highest_clocks(const Board& board) {
  OperatingPoint point;
  for (const Domain& domain : board.domains) {
    const double highest = domain.frequencies_hz.back();
    switch (domain.kind) {
      case DomainKind::kCpu: point.cpu_hz = std::max(point.cpu_hz, highest); break;
      case DomainKind::kGpu: point.gpu_hz = highest; break;
      case DomainKind::kEmc: point.emc_hz = highest; break;
    }
  }
  return point;
}

// Each key may be plausible where the whole is not, and would keep a simulation busy for ever.
std::optional<std::string> wrong_duration(const WorkModel& work, const Board& board) {
  const OperatingPoint point = highest_clocks(board);
  const BatchWork batch = work.batch_work(1, point);
  const Preparation prepare = work.preparation(1, 1, point);
  const double seconds = batch.host_seconds + batch.storage_seconds + batch.accelerator_seconds +
                         prepare.serial_seconds + prepare.overlapped_seconds;
  if (seconds > 0.0 && seconds <= kMostRequestSeconds) return std::nullopt;
  return fmt::format(
      "one request by itself takes {:.3g} s at the highest clocks of {}: must be above 0, at most "
      "{:g} s",
      seconds, board.id, kMostRequestSeconds);
}

bool can_be_related(const RooflineToml& work) { return work.gpu_cycles.has_value(); }
template <typename Work>
bool can_be_related(const Work&) {
  return false;
}

// The id of the board's own table, or of that of the board it is related to.
template <typename Work>
std::string table_for(const BoardConfig& board, const BoardsToml<Work>& model) {
  if (model.boards.contains(board.board.id)) return board.board.id;
  if (board.related) {
    const auto found = model.boards.find(board.related->id);
    if (found != model.boards.end() && can_be_related(found->second)) return board.related->id;
  }
  std::vector<std::string> known;
  for (const auto& [id, work] : model.boards) known.push_back(id);
  throw std::invalid_argument(
      fmt::format("boards: this workload is not described for {} (there are: {})", board.board.id,
                  join_names(known)));
}

// The product of the variants named.
WorkFactors factors_of(const WorkloadToml& toml, const std::vector<std::string>& names) {
  WorkFactors product;
  for (const std::string& name : names) {
    const auto found = toml.variants.find(name);
    if (found == toml.variants.end()) {
      std::vector<std::string> known;
      for (const auto& [id, factors] : toml.variants) known.push_back(id);
      throw std::invalid_argument("variants: " + unknown_name("variant", name, known));
    }
    const WorkFactors& factors = found->second;
    product.load *= factors.load;
    product.host *= factors.host;
    product.prepare *= factors.prepare;
    product.launch *= factors.launch;
    product.gpu *= factors.gpu;
    product.memory *= factors.memory;
  }
  return product;
}

// Checks of the models, which call the table "workload" or "table", or nothing at all.
template <typename Work>
void set_work(const TomlTable& table, const Work& work, const BoardWork& on,
              WorkloadConfig& workload) {
  workload.load = work.phases.load;
  workload.first_use = work.phases.first_use;
  workload.serving = work.phases.serving.value_or(ServingTraits{});
  table.checked([&] {
    if (workload.load) {
      workload.load->factor = on.factors.load;
      validate(*workload.load);
    }
    if (workload.first_use) validate(*workload.first_use);
  });
  const char* const own_name = std::is_same_v<Work, MeasuredToml> ? "table" : "workload";
  table.checked([&] { workload.work = make_work(work, on); }, own_name);
}

WorkloadConfig read_workload(const std::filesystem::path& path, const BoardConfig& board,
                             const WorkloadChoice& choice) {
  const TomlTable file = TomlTable::parse_file(path, choice.assignments);
  const auto toml = read_fields<WorkloadToml>(file);
  file.reject_unknown();
  WorkloadConfig workload;
  workload.id = path.stem().string();
  workload.title = toml.title;
  const WorkFactors factors = file.checked([&] { return factors_of(toml, choice.variants); });
  workload.load_factor = factors.load;
  const auto set = [&](const auto& model) {
    const std::string id = file.checked([&] { return table_for(board, model); });
    const bool own = id == board.board.id;
    const BoardWork on{board, factors, own ? RelatedBoard{} : *board.related};
    const TomlTable boards = file.table("boards");
    set_work(boards.table(id), model.boards.at(id), on, workload);
    if (const auto wrong = wrong_duration(*workload.work, board.board)) boards.fail(id, *wrong);
  };
  std::visit(set, toml.model);
  return workload;
}

}  // namespace

WorkloadConfig load_workload(const std::string& id_or_path, const BoardConfig& board,
                             const WorkloadChoice& choice) {
  const std::filesystem::path path = find_config("workloads", id_or_path);
  return citing_under("workload", [&] { return read_workload(path, board, choice); });
}

}  // namespace flyball
