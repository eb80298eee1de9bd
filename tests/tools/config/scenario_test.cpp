#include "tools/config/scenario.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "controllers/evaluation/sim_setup.h"
#include "controllers/kernel_governors.h"
#include "env/errors.h"
#include "env/logs/telemetry_log.h"
#include "env/sim/sim_plant.h"
#include "tests/support/error_text.h"
#include "tools/config/board_config.h"
#include "tools/config/config_directory.h"
#include "tools/config/workload_config.h"

using namespace flyball;

namespace {

const std::filesystem::path kConfigs = FLYBALL_SOURCE_DIR "/configs";

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// A file that goes away with the test, in a folder of this process: cases run beside each other.
class ScratchFile {
 public:
  ScratchFile(const std::string& name, const std::string& text)
      : path_(std::filesystem::path(FLYBALL_BINARY_DIR) /
              ("scenario_test" + std::to_string(getpid())) / name) {
    std::filesystem::create_directories(path_.parent_path());
    std::ofstream(path_) << text;
  }
  ~ScratchFile() {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
    std::filesystem::remove(path_.parent_path(), ignored);  // the last one empties it
  }
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;
  std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

// What loading the quickstart scenario says after one piece of text was replaced, without the
// file's name.
std::string error_after(const std::string& from, const std::string& to) {
  std::string text = text_of(kConfigs / "scenarios/quickstart.toml");
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  text.replace(at, from.size(), to);
  const ScratchFile file("scenario_test.toml", text);
  const std::string error = error_text([&] { load_scenario(file.path()); });
  return error.starts_with(file.path()) ? error.substr(file.path().size()) : error;
}

std::uint64_t requests_of(const Arrivals& arrivals) {
  if (const auto* loop = std::get_if<ClosedLoop>(&arrivals)) return loop->requests;
  std::uint64_t requests = 0;
  for (const Arrival& arrival : std::get<std::vector<Arrival>>(arrivals)) {
    requests += arrival.requests;
  }
  return requests;
}

}  // namespace

TEST_CASE("every scenario loads and its work is done under the stock governors") {
  const std::vector<std::string> ids = list_configs("scenarios");
  CHECK(ids.size() >= 4);
  for (const std::string& id : ids) {
    CAPTURE(id);
    const Scenario scenario = load_scenario(id);
    CHECK(scenario.id == id);
    SimConfig config = make_sim_config(scenario, scenario.seeds.front());
    const std::uint64_t requests = requests_of(config.arrivals);
    CHECK(requests > 100);
    SimPlant plant(std::move(config));
    while (!plant.truth().finished_seconds && plant.timeline().now_seconds() < 3600.0) {
      plant.timeline().sleep_until(plant.timeline().now_seconds() + 10.0);
    }
    CHECK(plant.truth().served == requests);
    CHECK(plant.truth().unserved == 0);
  }
}

TEST_CASE("every workload runs on every board that it names or that is related to one") {
  for (const std::string& workload : list_configs("workloads")) {
    std::size_t boards = 0;
    for (const std::string& id : list_configs("boards")) {
      CAPTURE(workload);
      CAPTURE(id);
      const BoardConfig board = load_board(id);
      SimConfig config;
      try {
        config.work = load_workload(workload, board).work;
      } catch (const ConfigError& error) {
        CHECK(std::string(error.what()).find("is not described for " + id) != std::string::npos);
        continue;
      }
      ++boards;
      config.board = board.board;
      config.mode = find_mode(board.board, board.board.default_mode);
      config.arrivals = ClosedLoop{32, 8, std::nullopt};
      config.residents = resident_factory(stock_residents(board.board));
      SimPlant plant(std::move(config));
      plant.timeline().sleep_until(600.0);
      CHECK(plant.truth().served == 32);
      CHECK(plant.truth().energy_joules > 0.0);
    }
    CHECK(boards >= 1);
  }
}

TEST_CASE("the workloads of the published sweeps run on every board that is simulated") {
  for (const char* workload :
       {"alexnet", "resnet18", "mobilenet_v2", "yolov4_tiny", "bert_tiny", "distilbert"}) {
    for (const std::string& id : list_configs("boards")) {
      CAPTURE(workload);
      CAPTURE(id);
      const BoardConfig board = load_board(id);
      if (board.files.empty()) continue;  // described for governing alone
      CHECK(load_workload(workload, board).work != nullptr);
    }
  }
}

TEST_CASE("an analytic workload has at most six parameters per board") {
  for (const std::string& workload : list_configs("workloads")) {
    CAPTURE(workload);
    const TomlTable file = TomlTable::parse_file(find_config("workloads", workload));
    if (file.required<std::string>("model") != "roofline") continue;
    const TomlTable boards = file.table("boards");
    for (const std::string& id : boards.keys()) {
      CAPTURE(id);
      std::size_t parameters = 0;
      for (const std::string& key : boards.table(id).keys()) {
        if (key != "load" && key != "first_use") ++parameters;  // not of the cost of a batch
      }
      CHECK(parameters <= 6);
    }
  }
}

TEST_CASE("arrivals are the same for the same seed and others for another") {
  const Scenario scenario = load_scenario("cameras-xavier-nx");
  const auto times_of = [&](std::uint64_t seed) {
    std::vector<double> times;
    const Arrivals arrivals = make_arrivals(scenario.arrivals, seed);
    for (const Arrival& arrival : std::get<std::vector<Arrival>>(arrivals)) {
      CHECK(arrival.limit_seconds == scenario.arrivals.deadline_seconds);
      times.push_back(arrival.time_seconds);
    }
    return times;
  };
  const std::vector<double> times = times_of(1);
  CHECK(std::is_sorted(times.begin(), times.end()));
  CHECK(times == times_of(1));
  CHECK(times != times_of(2));
}

TEST_CASE("Poisson arrivals come at the rate asked for") {
  ArrivalsConfig config;
  config.source = PoissonArrivals{20.0, 3};
  config.duration_seconds = 500.0;
  const auto arrivals = std::get<std::vector<Arrival>>(make_arrivals(config, 7));
  // 10,000 expected; the standard deviation is 100.
  CHECK(arrivals.size() > 9600);
  CHECK(arrivals.size() < 10400);
  CHECK(arrivals.front().requests == 3);
}

TEST_CASE("a trace is read from CSV, its own limits first") {
  const ScratchFile trace(
      "trace_test.csv", "# frames\ntime_seconds,requests,limit_seconds\n0.5,2,0.1\n1.5,1,\n9,1,\n");
  ArrivalsConfig config;
  config.source = TraceArrivals{trace.path()};
  config.duration_seconds = 5.0;
  config.deadline_seconds = 0.7;
  const auto arrivals = std::get<std::vector<Arrival>>(make_arrivals(config, 1));
  REQUIRE(arrivals.size() == 2);
  CHECK(arrivals[0].requests == 2);
  CHECK(arrivals[0].limit_seconds == 0.1);
  CHECK(arrivals[1].limit_seconds == 0.7);
}

TEST_CASE("a trace that repeats goes on until the duration is over") {
  const ScratchFile trace("repeated_trace_test.csv",
                          "time_seconds,requests,limit_seconds\n0,2,0.1\n1,1,\n4,1,\n");
  ArrivalsConfig config;
  config.source = TraceArrivals{trace.path(), true};
  const auto count = [&] {
    return std::get<std::vector<Arrival>>(make_arrivals(config, 1)).size();
  };
  CHECK(count() == 3);  // without a duration it is what it is
  config.duration_seconds = 3.0;
  CHECK(count() == 2);
  config.duration_seconds = 8.0;  // rounds of 6 s: 4 and the mean gap of 2
  const auto arrivals = std::get<std::vector<Arrival>>(make_arrivals(config, 1));
  REQUIRE(arrivals.size() == 5);
  CHECK(arrivals[3].time_seconds == 6.0);
  CHECK(arrivals[3].requests == 2);
  CHECK(arrivals[3].limit_seconds == 0.1);
  CHECK(arrivals[4].time_seconds == 7.0);
}

TEST_CASE("a trace may be what a spreadsheet saved") {
  const ScratchFile trace("spreadsheet_trace_test.csv",
                          "\xEF\xBB\xBFtime_seconds;requests\r\n0,5;2\r\n1,5;1\r\n");
  ArrivalsConfig config;
  config.source = TraceArrivals{trace.path()};
  config.duration_seconds = 5.0;
  const auto arrivals = std::get<std::vector<Arrival>>(make_arrivals(config, 1));
  REQUIRE(arrivals.size() == 2);
  CHECK(arrivals[1].time_seconds == 1.5);
}

TEST_CASE("a wrong trace names the line") {
  const auto error = [](const std::string& text) {
    const ScratchFile trace("wrong_trace_test.csv", text);
    ArrivalsConfig config;
    config.source = TraceArrivals{trace.path()};
    return error_text([&] { make_arrivals(config, 1); }).substr(trace.path().size());
  };
  CHECK(error("time_seconds,requests\n1,1\n0.5,1\n") ==
        ":3: time_seconds must not go back and requests must be a whole number from 1");
  CHECK(error("time_seconds,requests\n1,one\n") == ":2:3: requests: 'one': expected a number");
  CHECK(error("time_seconds,requests\n1\n") == ":2:1: 1 cells, the header has 2");
  CHECK(error("time_seconds\n1\n") == ":1: no column \"requests\"");
  CHECK(error("time_seconds,request\n") ==
        ":1: unknown column \"request\"; did you mean \"requests\"? (allowed: time_seconds, "
        "requests, limit_seconds)");
  CHECK(error("") == ":1:1: empty: expected a row with the columns' names");
}

TEST_CASE("numbers that would cost minutes or gigabytes are refused with what is allowed") {
  CHECK(error_after("sample_seconds = 0.1", "sample_seconds = 1e-9")
            .ends_with("control.sample_seconds = 1e-09: must be in [0.001, 1e+08]"));
  CHECK(error_after("period_seconds = 4", "period_seconds = 1e-300")
            .ends_with("control.period_seconds = 1e-300: must be in [0.001, 1e+08]"));
  std::string seeds = "seeds = [1";
  for (int i = 0; i < 1000; ++i) seeds += ", 1";
  CHECK(error_after("seeds = [1, 2, 3]", seeds + "]")
            .ends_with("seeds: must hold between 1 and 1000"));
}

TEST_CASE("a wrong scenario says where and what is wrong") {
  CHECK(error_after("board = \"nano-4gb\"", "board = \"nano\"")
            .starts_with(":3:9: board: no board \"nano\" in "));
  CHECK(error_after("workload = \"resnet18\"", "workload = \"resnet19\"")
            .starts_with(":5:12: workload: no workload \"resnet19\" in "));
  CHECK(error_after("nvpmodel = 0", "nvpmodel = 9") ==
        ":4:12: nvpmodel: nano-4gb has no power mode 9; there are: 0 (MAXN), 1 (5W)");
  CHECK(error_after("kind = \"closed_loop\"", "kind = \"open\"") ==
        ":12:8: arrivals.kind: \"open\" is none of the allowed (allowed: closed_loop, camera, "
        "poisson, bursty, trace)");
  CHECK(error_after("requests = 9600", "requests = 0") ==
        ":13:12: arrivals.requests = 0: must be in [1, 1e+09]");
  CHECK(error_after("requests = 9600", "request = 9600") == ":11:1: arrivals.requests: missing");
  CHECK(error_after("knobs = [\"cpu\", \"gpu\"]", "knobs = [\"cpu\", \"gpus\"]") ==
        ":20:17: control.knobs[1]: no knob \"gpus\"; did you mean \"gpu\"? (there are: cpu, gpu, "
        "emc)");
  CHECK(error_after("knobs = [\"cpu\", \"gpu\"]", "knobs = [\"batch\"]") ==
        ":20:10: control.knobs[0]: \"batch\" needs batch_levels");
  CHECK(error_after("knobs = [\"cpu\", \"gpu\"]",
                    "knobs = [\"cpu\", \"gpu\"]\ncaps = [\"gpu\", \"gpu\"]") ==
        ":21:9: control.caps[0]: \"gpu\" is named twice");
  CHECK(error_after("period_seconds = 4", "period_seconds = 0.15") ==
        ":21:18: control.period_seconds: must be a multiple of sample_seconds = 0.1");
  CHECK(error_after("latency_mean_factor = 1.4", "in_time_share = 0.99") ==
        ":17:17: objective.in_time_share: needs arrivals.deadline_seconds");
  CHECK(error_after("seeds =", "seed =") == ":9:1: seed: unknown key; did you mean \"seeds\"?");
  CHECK(error_after("ambient_celsius = 25", "ambient_celsius = -1000").find("ambient_celsius") !=
        std::string::npos);
}

TEST_CASE("measured delays are read, from the file or from a telemetry log") {
  const Scenario trace = load_scenario("trace-xavier-nx");
  CHECK(trace.control.think_seconds.seconds.size() == 8);
  REQUIRE(trace.control.actuation.gpu);
  CHECK(trace.control.actuation.gpu->seconds.size() == 5);
  CHECK_FALSE(trace.control.actuation.emc);
  CHECK(make_sim_config(trace, 1).actuation.cpu->seconds.size() == 4);

  const std::string think = "think_seconds = 0.002";
  const ScratchFile log("scenario_test_think.csv", "");
  TelemetryLog written;
  written.header.plant = SimPlant(make_sim_config(trace, 1)).description();
  for (const double seconds : {0.001, 0.005}) {
    TelemetryRow row;
    row.telemetry.time_seconds = 1000.0 * seconds;
    row.period_seconds = 4.0;
    row.decided = true;
    row.t_as_seconds = seconds;
    written.rows.push_back(row);
  }
  write_telemetry_log(log.path(), written);
  std::string text = text_of(kConfigs / "scenarios/quickstart.toml");
  text.replace(text.find(think), think.size(), "think_log = \"scenario_test_think.csv\"");
  const ScratchFile file("scenario_test_log.toml", text);
  CHECK(load_scenario(file.path()).control.think_seconds.seconds ==
        std::vector<double>{0.001, 0.005});
}

TEST_CASE("wrong delays say where and what is wrong") {
  const std::string think = "think_seconds = 0.002";
  CHECK(error_after(think, "think_seconds = 5")
            .find("control.think_seconds: must be between 0 and period_seconds") !=
        std::string::npos);
  CHECK(error_after(think, "think_samples_seconds = [0.001, -1]")
            .find("control.think_samples_seconds[1] = -1: must be >= 0") != std::string::npos);
  CHECK(error_after(think, "think_samples_seconds = []").find("must hold at least one") !=
        std::string::npos);
  CHECK(error_after(think, "think_log = \"no.csv\"").find("control.think_log: ") !=
        std::string::npos);
  CHECK(error_after(think, think + "\nthink_samples_seconds = [0.001]").find("give one of") !=
        std::string::npos);
  CHECK(error_after(think, "[control.actuation]\ngpu = [9]").find("control.actuation.gpu[0]") !=
        std::string::npos);
  CHECK(error_after(think, "[control.actuation]\nfan = [1]").find("unknown key") !=
        std::string::npos);
}

TEST_CASE("a scenario for a workload that does not know the board says so") {
  const ScratchFile workload("workload_test.toml",
                             "title = 't'\nmodel = 'roofline'\n[boards.other]\n");
  CHECK(error_text([&] { load_workload(workload.path(), load_board("nano-4gb")); }) ==
        workload.path() +
            ":3:1: boards: this workload is not described for nano-4gb (there are: other)");
}

TEST_CASE("a workload can be a table of measurements") {
  const ScratchFile table("sweep_test.csv",
                          "gpu_hz,batch,seconds,watts\n"
                          "100e6,1,0.4,4\n100e6,4,1.6,4\n200e6,1,0.2,5\n200e6,4,0.8,5\n");
  const std::string text =
      "title = 't'\nmodel = 'measured'\n[boards.nano-4gb]\ntable = 'sweep_test.csv'\n"
      "idle_watts = [2, 2.5]\nrailgated_watts = 1\nrail_shares = [1, 0.5, 0.2]\n";
  const ScratchFile workload("measured_test.toml", text);
  const WorkloadConfig config = load_workload(workload.path(), load_board("nano-4gb"));
  const BatchWork work = config.work->batch_work(2, {1e9, 150e6, 1e9});
  CHECK(work.accelerator_seconds == doctest::Approx(0.6));
  const ScratchFile wrong("wrong_measured_test.toml",
                          text.substr(0, text.find("rail_shares")) + "rail_shares = [1]\n");
  const std::string error =
      error_text([&] { load_workload(wrong.path(), load_board("nano-4gb")); });
  CHECK(error.starts_with(wrong.path() + ":7:15: boards.nano-4gb.rail_shares"));
}

TEST_CASE("a sweep table with a hole says at which frequency") {
  const ScratchFile table("hole_test.csv",
                          "gpu_hz,batch,seconds,watts\n100e6,1,0.4,4\n200e6,4,0.2,5\n");
  const ScratchFile workload("hole_test.toml",
                             "title = 't'\nmodel = 'measured'\n[boards.nano-4gb]\n"
                             "table = 'hole_test.csv'\nidle_watts = []\nrailgated_watts = 1\n"
                             "rail_shares = []\n");
  CHECK(error_text([&] {
          load_workload(workload.path(), load_board("nano-4gb"));
        }).ends_with("hole_test.csv: gpu_hz 2e+08 has other batches than 1e+08"));
}

TEST_CASE("any key of a scenario, its board and its workload can be set") {
  const Scenario scenario = load_scenario(
      "quickstart", {"control.period_seconds=2", "seeds=[7]", "objective.latency_mean_factor=1.1",
                     "board.thermal_model.poll_seconds=3", "board.nvpmodel.default=1",
                     "arrivals.deadline_seconds=9", "application.load.cpu_cycles=1e9"});
  CHECK(scenario.control.period_seconds == 2.0);
  CHECK(scenario.seeds == std::vector<std::uint64_t>{7});
  CHECK(scenario.objective.latency_mean_factor == 1.1);
  CHECK(scenario.board.thermal.poll_seconds == 3.0);
  CHECK(scenario.board.board.default_mode == 1);
  CHECK(scenario.arrivals.deadline_seconds == 9.0);
  CHECK(scenario.application.load->cpu_cycles == 1e9);
  const OperatingPoint point{1e9, 5e8, 1e9};
  const auto seconds = [&](const std::vector<std::string>& assignments) {
    return load_scenario("quickstart", assignments)
        .workload.work->batch_work(1, point)
        .accelerator_seconds;
  };
  CHECK(seconds({"workload.boards.nano-4gb.gpu_cycles=1e9"}) > 2.0 * seconds({}));
}

TEST_CASE("a value that cannot be set says which, and what it may be") {
  const auto refusal = [](const std::string& scenario, const std::string& assignment) {
    return error_text([&] { load_scenario(scenario, {assignment}); });
  };
  CHECK(refusal("quickstart", "control.perod_seconds=2") ==
        "--set control.perod_seconds=2: control.perod_seconds: unknown key; did you mean "
        "\"period_seconds\"?");
  CHECK(refusal("quickstart", "service_noise=2") ==
        "--set service_noise=2: service_noise = 2: must be in [0, 1]");
  CHECK(refusal("quickstart", "board.thermal_model.poll_second=2")
            .ends_with("thermal_model.poll_second: unknown key; did you mean \"poll_seconds\"?"));
  CHECK(refusal("quickstart", "workload.boards.nano-4gb.gpu_cycles=-1")
            .ends_with("boards.nano-4gb.gpu_cycles = -1: must be > 0"));
  CHECK(refusal("quickstart", "title.x=1") ==
        "--set title.x=1: title is a text and leads no further");
  CHECK(refusal("mix-xavier-nx", "mix[1].workload.variants.v.gpu=0")
            .ends_with("variants.v.gpu = 0: must be > 0"));
}

TEST_CASE("a board, a workload and a rate of frames are a scenario") {
  const Scenario frames = plain_scenario({"orin-nx-16gb", "resnet18", 15.0, 0.1});
  CHECK(frames.id == "resnet18 on orin-nx-16gb");
  CHECK(frames.objective.in_time_share == 0.99);
  const SimConfig config = make_sim_config(frames, 1);
  const auto& arrivals = std::get<std::vector<Arrival>>(config.arrivals);
  CHECK(arrivals.size() == doctest::Approx(15 * 120).epsilon(0.01));
  CHECK(arrivals.front().limit_seconds == 0.1);

  const Scenario back_to_back = plain_scenario({"nano-4gb", "resnet18", {}, {}}, {"seeds=[7]"});
  CHECK(std::holds_alternative<ClosedLoop>(make_sim_config(back_to_back, 7).arrivals));
  CHECK_FALSE(back_to_back.objective.in_time_share);
  CHECK(back_to_back.seeds == std::vector<std::uint64_t>{7});
  CHECK_THROWS_WITH_AS(plain_scenario({"nano-4gb", "resnet19", {}, {}}),
                       doctest::Contains("did you mean \"resnet18\""), ConfigError);
  CHECK_THROWS_AS(plain_scenario({"a \"board\"", "resnet18", {}, {}}), ConfigError);
}
