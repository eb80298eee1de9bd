// flyball fit as a user would run it, and the file it writes.
#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "env/fitting/fit.h"
#include "env/model/fitted_model.h"
#include "env/sim/workload_config.h"
#include "tests/support/program_run.h"
#include "tests/support/sample_sweep.h"
#include "tools/config/fitted_config.h"
#include "tools/config/read_fields.h"

using namespace flyball;

namespace {

// A folder that goes away with the test.
class Folder {
 public:
  Folder()
      : path_(std::filesystem::path(FLYBALL_BINARY_DIR) /
              ("fit_command_test" + std::to_string(getpid()))) {
    std::filesystem::create_directories(path_);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  std::string file(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

std::string fit_arguments(const Folder& folder) {
  return "fit --measurements " + folder.file("sweep.csv") + " --board nano-4gb";
}

void write(const std::string& path, const std::string& text) { std::ofstream(path) << text; }

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("fitted parameters are read back as they were written") {
  const BoardConfig board = sample_board();
  const Measurements set = sample_sweep(board.board, 0.01);
  Fit fit = fit_rows(set, set.rows, ResidualKind::kGaussianProcess);
  fit.parameters.rails = board.electrical->rails;
  const std::string text = fitted_to_toml(fit.parameters, board.board);
  const TomlTable file = TomlTable::parse_text(text, "fitted.toml");
  const FittedParameters read =
      fitted_parameters(read_fields<FittedToml>(file.table("boards").table(board.board.id)));
  file.reject_unknown();
  CHECK(read.time.gpu.per_request == fit.parameters.time.gpu.per_request);
  CHECK(read.power.gpu.knee == fit.parameters.power.gpu.knee);
  CHECK(read.residual.inputs == fit.parameters.residual.inputs);
  CHECK(read.residual.energy.weights == fit.parameters.residual.energy.weights);
  CHECK(read.held_emc_hz == fit.parameters.held_emc_hz);
  CHECK(read.rails.size() == board.board.rails.size());
}

TEST_CASE("what fit writes, sweep runs, and the energy is the measured one") {
  const Folder folder;
  const BoardConfig board = sample_board();
  const Measurements set = sample_sweep(board.board, 0.002);
  write(folder.file("sweep.csv"), sample_csv(set));
  const Outcome fit = flyball_stdout(fit_arguments(folder) + " -o " + folder.file("w.toml"));
  CHECK(fit.exit_code == 0);
  CHECK(contains(fit.output, "warning: emc was never varied"));
  CHECK(contains(fit.output, "gpu frequencies left out:"));
  const Outcome sweep =
      flyball_stdout("sweep --board nano-4gb --mode 0 --requests 20 --batch 1 --json --workload " +
                     folder.file("w.toml"));
  REQUIRE(sweep.exit_code == 0);
  const auto json = nlohmann::json::parse(sweep.output);
  std::size_t compared = 0;
  for (const auto& point : json["points"]) {
    for (const Measurement& row : set.rows) {
      if (point["cpu_hz"] != row.point.cpu_hz || point["gpu_hz"] != row.point.gpu_hz) continue;
      CHECK(point["seconds"].get<double>() == doctest::Approx(20.0 * row.seconds).epsilon(0.02));
      CHECK(point["energy_joules"].get<double>() ==
            doctest::Approx(20.0 * row.joules()).epsilon(0.03));
      ++compared;
    }
  }
  CHECK(compared > 20);
}

TEST_CASE("the file says where it comes from") {
  const Folder folder;
  const BoardConfig board = sample_board();
  Measurements set = sample_sweep(board.board, 0.002);
  set.rows[40].seconds *= 1.7;
  write(folder.file("sweep.csv"), sample_csv(set));
  CHECK(flyball_stdout(fit_arguments(folder) + " -o " + folder.file("w.toml")).exit_code == 0);
  std::ifstream file(folder.file("w.toml"));
  std::stringstream text;
  text << file.rdbuf();
  CHECK(contains(text.str(), "from measurements: sweep.csv, 95 of 96 rows"));
  CHECK(contains(text.str(), "# Cross-validation, gpu frequencies left out: time "));
  CHECK(contains(text.str(), "# emc was never varied"));
  CHECK(contains(text.str(), "# Left out, does not fit: line 42."));
}

TEST_CASE("--train-rows reports the draws as JSON") {
  const Folder folder;
  const BoardConfig board = sample_board();
  write(folder.file("sweep.csv"), sample_csv(sample_sweep(board.board, 0.002)));
  const Outcome outcome =
      flyball_stdout(fit_arguments(folder) + " --train-rows 40 --repeats 3 --seed 7 --json");
  CHECK(outcome.exit_code == 0);
  const auto json = nlohmann::json::parse(outcome.output);
  CHECK(json["draws"]["draws"].size() == 3);
  CHECK(json["draws"]["draws"][2]["seed"] == 9);
  CHECK(json["draws"]["time_error"]["mean"].get<double>() < 0.02);
  CHECK(json["draws"]["regret"]["mean"].get<double>() < 0.02);
  CHECK(json["held"][0] == "emc");
}

TEST_CASE("exit codes: what is missing, what is wrong, a single row in another unit") {
  const Folder folder;
  const BoardConfig board = sample_board();
  Measurements set = sample_sweep(board.board, 0.002);
  write(folder.file("sweep.csv"), sample_csv(set));
  CHECK(flyball_stderr(fit_arguments(folder)).exit_code == 2);
  CHECK(flyball_stderr(fit_arguments(folder) + " --column fan=x -o x.toml").exit_code == 2);
  set.rows[50].seconds *= 1000.0;
  write(folder.file("sweep.csv"), sample_csv(set));
  const Outcome slip = flyball_stderr(fit_arguments(folder) + " -o " + folder.file("w.toml"));
  CHECK(slip.exit_code == 3);
  CHECK(contains(slip.output, "sweep.csv:52: "));
  CHECK(contains(slip.output, "off by 1000 in this row?"));
  CHECK_FALSE(std::filesystem::exists(folder.file("w.toml")));
}
