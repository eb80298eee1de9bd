#include "tools/reproduce/published/loudva_files.h"

#include <doctest/doctest.h>

#include <fstream>
#include <memory>
#include <numeric>
#include <variant>

#include "env/model/measured_model.h"
#include "tests/support/skip.h"
#include "tests/support/temporary_directory.h"
#include "tools/config/scenario.h"

using namespace flyball;

namespace {

void write(const std::filesystem::path& file, const std::string& text) {
  std::ofstream(file) << text;
}

std::string bytes_of(const std::filesystem::path& file) {
  std::ifstream stream(file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

}  // namespace

TEST_CASE("a trace keeps its arrivals where its limits are scaled") {
  const TemporaryDirectory folder;
  const auto trace = folder.path() / "trace.csv";
  write(trace, "time_seconds,requests,limit_seconds\n0,3,16\n1.5,1,8.5\n");
  const auto scaled = write_scaled_trace(trace, 0.25, folder.path() / "quarter.csv");
  CHECK(bytes_of(scaled) == "time_seconds,requests,limit_seconds\n0,3,4\n1.5,1,2.125\n");
}

TEST_CASE("the plant as a file is the plant that was measured") {
  const std::filesystem::path data = FLYBALL_SOURCE_DIR "/../shared/data/loudva";
  if (!std::filesystem::exists(data)) return skip_test("no measurements at " + data.string());
  const TemporaryDirectory folder;
  const LoudvaWorld world = load_loudva_world(data);
  write(folder.path() / "trace.csv", "time_seconds,requests,limit_seconds\n0,3,16\n");
  const auto file = write_loudva_scenario(
      {"judge", write_loudva_plant(world, folder.path()), folder.path() / "trace.csv", 0.98},
      folder.path());
  const Scenario scenario = load_scenario(file.string());
  const auto& read = dynamic_cast<const MeasuredModel&>(*scenario.workload.work).table();
  CHECK(read.seconds == world.table.seconds);
  CHECK(read.busy_watts == world.table.busy_watts);
  CHECK(read.idle_watts == world.table.idle_watts);
  CHECK(read.piece == world.table.piece);
  CHECK(read.prepare(2.0) == world.table.prepare(2.0));
  CHECK(read.overlapped(2.0) == world.table.overlapped(2.0));
  CHECK_FALSE(scenario.workload.serving.gpu_railgates);
  CHECK(scenario.workload.serving.completion == Completion::kWholeGroup);
  CHECK(scenario.objective.in_time_share == 0.98);
  CHECK(scenario.control.knobs == std::vector<std::string>{"gpu"});
}
