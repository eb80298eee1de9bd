#include "tools/reproduce/published/governors_table.h"

#include <fmt/format.h>

#include <string>
#include <vector>

#include "env/errors.h"
#include "tools/interrupt.h"
#include "tools/progress.h"
#include "tools/reproduce/common/pinned_runs.h"
#include "tools/reproduce/published/rpe_cells.h"

namespace flyball {

namespace {

constexpr double kResidencyAllowed = 10.0;  // percentage points
constexpr double kPowersaveAllowed = 5.0;   // percentage points
constexpr double kEnergyAllowed = 2.0;      // percent of the default governors' energy

// RPE sections 5.1, 5.4 and 5.7; AlexNet in the batches that those sections use.
struct GovernorFigures {
  const char* board;
  std::size_t batch;
  double top_cpu;  // percent of the time at the highest frequency
  double top_gpu;
  double powersave_power;  // percent more than the default
  double powersave_time;
};

constexpr GovernorFigures kFigures[] = {
    {"nano-4gb", 8, 89.0, 83.0, -30.0, 43.0},
    {"xavier-nx-8gb", 16, 87.0, 79.0, -36.0, 54.0},
    {"orin-nx-16gb", 16, 56.0, 59.0, -28.0, 44.0},
};

double percent_more(double value, double reference) { return 100.0 * (value / reference - 1.0); }

// The kernel's CPU governors that pick a frequency by themselves, without powersave.
std::vector<std::string> other_governors() {
  std::vector<std::string> names;
  for (const std::string& name : kernel_governor_names()) {
    if (governs(name, DomainKind::kCpu) && name != "powersave" && name != "userspace") {
      names.push_back(name);
    }
  }
  return names;
}

void add_board(const GovernorFigures& figures, ReproductionTable& table) {
  const Scenario scenario = rpe_scenario({figures.board, "alexnet", figures.batch, 0.0});
  const ResidentGovernors stock = stock_residents(scenario.board.board);
  const auto run = [&](const std::string& cpu_governor) {
    if (interrupted()) throw Interrupted("interrupted");
    ResidentGovernors residents = stock;
    residents.cpu = cpu_governor;
    return run_under(scenario, residents);
  };
  const std::string name = std::string(figures.board) + ": ";
  Scenario program = scenario;
  program.application.load = scenario.workload.load;
  const ResidentRun profile = run_stock(program);
  table.check(name + "stock at the top CPU frequency", figures.top_cpu,
              100.0 * profile.top_cpu_share, "%", kResidencyAllowed);
  table.check(name + "stock at the top GPU frequency", figures.top_gpu,
              100.0 * profile.top_gpu_share, "%", kResidencyAllowed);
  const ResidentRun normal = run(stock.cpu);
  const RunFigures slow = run("powersave").figures;
  const RunFigures& usual = normal.figures;
  table.check(name + "powersave, power", figures.powersave_power,
              percent_more(slow.mean_power_watts, usual.mean_power_watts), "%", kPowersaveAllowed);
  table.check(name + "powersave, time", figures.powersave_time,
              percent_more(slow.seconds, usual.seconds), "%", kPowersaveAllowed);
  table.show(name + "powersave, energy", std::nullopt,
             percent_more(slow.energy_joules, usual.energy_joules), "%");
  for (const std::string& other : other_governors()) {
    if (other == stock.cpu) continue;
    table.check(name + other + ", energy", 0.0,
                percent_more(run(other).figures.energy_joules, usual.energy_joules), "%",
                kEnergyAllowed);
  }
}

}  // namespace

void reproduce_governors(ReproductionTable& table) {
  Progress progress("governors", static_cast<double>(std::size(kFigures)));
  double done = 0.0;
  for (const GovernorFigures& figures : kFigures) {
    add_board(figures, table);
    progress.update(++done, figures.board);
  }
  table.note(
      "AlexNet, 3,200 inferences in batches of 8 (Nano) and 16; another governor on the CPUs "
      "only,\n"
      "the GPU keeps its own. RPE counts powersave at the lowest frequency of the tables. The "
      "shares\n"
      "at the top are of the whole program, loading the model included; the rest is inference.");
}

}  // namespace flyball
