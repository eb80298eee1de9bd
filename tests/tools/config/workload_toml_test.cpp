#include "tools/config/workload_toml.h"

#include <doctest/doctest.h>

#include <fstream>
#include <string>

#include "tests/support/error_text.h"
#include "tests/support/temporary_directory.h"
#include "tools/config/board_config.h"
#include "tools/config/read_fields.h"
#include "tools/config/workload_config.h"

using namespace flyball;

namespace {

TomlTable parse(const std::string& text) { return TomlTable::parse_text(text, "w.toml"); }

std::string phases_error(const std::string& text) {
  return error_text([&] {
    const TomlTable file = parse(text);
    const auto phases = read_fields<PhasesToml>(file);
    file.reject_unknown();
    file.checked([&] {
      if (phases.first_use) validate(*phases.first_use);
    });
  });
}

// A workload's file with this text after its title.
struct WorkloadFile {
  explicit WorkloadFile(const std::string& text) : path(directory.path() / "w.toml") {
    std::ofstream(path) << "title = 't'\n" << text;
  }
  WorkloadConfig load(const WorkloadChoice& choice = {}) const {
    return load_workload(path.string(), load_board("nano-4gb"), choice);
  }
  std::string error(const WorkloadChoice& choice = {}) const {
    const std::string text = error_text([&] { load(choice); });
    return text.starts_with(path.string()) ? text.substr(path.string().size()) : text;
  }
  TemporaryDirectory directory;
  std::filesystem::path path;
};

const std::string kSixNumbers = "model = 'roofline'\n[boards.nano-4gb]\ngpu_cycles = 1e7\n";

}  // namespace

TEST_CASE("loading and first use are read where they are described") {
  const TomlTable file = parse(
      "[load]\nstorage_seconds = 2\ncpu_cycles = 3e9\nhost = { cpu = 0.5 }\n"
      "[first_use]\nseconds = 4\nwatts = 25\nbuckets = 'listed'\nsizes = [8, 16]\nknown = [1]\n");
  const auto phases = read_fields<PhasesToml>(file);
  REQUIRE(phases.load);
  CHECK(phases.load->storage_seconds == 2.0);
  CHECK(phases.load->cpu_cycles == 3e9);
  CHECK(phases.load->host.cpu == 0.5);
  CHECK(phases.load->accelerator.gpu == 0.5);
  REQUIRE(phases.first_use);
  CHECK(*phases.first_use->watts == 25.0);
  CHECK(phases.first_use->bucket(9) == 16);
  CHECK(phases.first_use->known == std::vector<std::size_t>{1});
  CHECK_NOTHROW(file.reject_unknown());
  CHECK_FALSE(read_fields<PhasesToml>(parse("")).load);
  CHECK_FALSE(read_fields<PhasesToml>(parse("")).first_use);
}

TEST_CASE("wrong phases say where and what") {
  CHECK(phases_error("[load]\ncpu_cycles = -1\n") ==
        "w.toml:2:14: load.cpu_cycles = -1: must be >= 0");
  CHECK(phases_error("[load]\nhost = { cpu = 2 }\n") ==
        "w.toml:2:16: load.host.cpu = 2: must be in [0, 1]");
  CHECK(phases_error("[load]\ncpu_cycle = 1\n") ==
        "w.toml:2:1: load.cpu_cycle: unknown key; did you mean \"cpu_cycles\"?");
  CHECK(phases_error("[first_use]\nwatts = 3\n") == "w.toml:1:1: first_use.seconds: missing");
  CHECK(phases_error("[first_use]\nseconds = 1\nbuckets = 'all'\n") ==
        "w.toml:3:11: first_use.buckets: \"all\" is none of the allowed (allowed: exact, "
        "power_of_two, listed)");
  CHECK(phases_error("[first_use]\nseconds = 1\nsizes = [4]\n") ==
        "w.toml:3:9: first_use.sizes: needs buckets = \"listed\"");
  CHECK(phases_error("[first_use]\nseconds = 1\nknown = [0]\n") ==
        "w.toml:3:10: first_use.known[0] = 0: must be in [1, 65536]");
}

TEST_CASE("variants multiply, and unknown ones list those that exist") {
  const WorkloadFile file(kSixNumbers +
                          "host_cycles = 1e6\n[boards.nano-4gb.load]\ncpu_cycles = 1e9\n"
                          "[variants.static]\nload = 1.25\ngpu = 0.5\n"
                          "[variants.libtorch]\ngpu = 0.5\nhost = 0.8\n");
  const OperatingPoint point{1e9, 1e9, 1e9};
  const BatchWork plain = file.load().work->batch_work(1, point);
  const WorkloadConfig both = file.load({{"static", "libtorch"}, {}});
  CHECK(both.load_factor == 1.25);
  CHECK(both.load->factor == 1.25);
  const BatchWork work = both.work->batch_work(1, point);
  CHECK(work.accelerator_seconds == doctest::Approx(0.25 * plain.accelerator_seconds));
  CHECK(work.host_seconds == doctest::Approx(0.8 * plain.host_seconds));
  CHECK(file.error({{"eager"}, {}})
            .ends_with("variants: no variant \"eager\" (there are: libtorch, static)"));
  CHECK(WorkloadFile(kSixNumbers + "[variants.a]\ngpu = 0\n").error() ==
        ":6:7: variants.a.gpu = 0: must be > 0");
}

TEST_CASE("a workload is given by six numbers or part by part, not by some of both") {
  CHECK(WorkloadFile(kSixNumbers + "gpu = { per_request = 1 }\n").error() ==
        ":5:7: boards.nano-4gb.gpu: is for workloads given part by part, this one has gpu_cycles");
  CHECK(WorkloadFile("model = 'roofline'\n[boards.nano-4gb]\ngpu = { per_request = 1e7 }\n"
                     "host_cycles = 1\n")
            .error() == ":5:15: boards.nano-4gb.host_cycles: needs gpu_cycles beside it");
  CHECK(WorkloadFile("model = 'roofline'\n[boards.nano-4gb]\ngpu = { fixed = 1e7 }\n").error() ==
        ":4:7: boards.nano-4gb.gpu.per_request = 0: must be > 0");
}

TEST_CASE("a table of another board is held against the ranges, too") {
  CHECK(WorkloadFile(kSixNumbers + "[boards.elsewhere]\ngpu_cycles = -1\n").error() ==
        ":6:14: boards.elsewhere.gpu_cycles = -1: must be > 0");
}

TEST_CASE("a request that takes for ever is refused, whichever keys make it so") {
  const std::string never =
      "boards.nano-4gb: one request by itself takes 8.58e+291 s at the highest clocks of nano-4gb: "
      "must be above 0, at most 3600 s";
  const auto error = [](const char* assignment) {
    return WorkloadFile(kSixNumbers).error({{}, {assignment}});
  };
  CHECK_MESSAGE(error("boards.nano-4gb.gpu_cycles=1e300").ends_with(never),
                error("boards.nano-4gb.gpu_cycles=1e300"));
  CHECK(error("boards.nano-4gb.input_seconds=300").find("must be above 0, at most 3600 s") !=
        std::string::npos);
  CHECK(WorkloadFile(kSixNumbers).load({{}, {"boards.nano-4gb.input_seconds=200"}}).work);
}

TEST_CASE("any key of a workload can be set") {
  const WorkloadFile file(kSixNumbers);
  const OperatingPoint point{1e9, 1e9, 1e9};
  const double once = file.load().work->batch_work(1, point).accelerator_seconds;
  const double twice = file.load({{}, {"boards.nano-4gb.gpu_cycles=2e7"}})
                           .work->batch_work(1, point)
                           .accelerator_seconds;
  CHECK(twice == doctest::Approx(2.0 * once));
  CHECK(file.error({{}, {"boards.nano-4gb.gpu_cycle=2e7"}}) ==
        "--set workload.boards.nano-4gb.gpu_cycle=2e7: boards.nano-4gb.gpu_cycle: unknown key; did "
        "you mean \"gpu_cycles\"?");
}

TEST_CASE("what board and server do around the batches gets into the simulation") {
  const WorkloadFile file(
      "model = 'roofline'\n[boards.nano-4gb]\ngpu_cycles = 1e7\n[boards.nano-4gb.serving]\n"
      "gpu_railgates = false\ngpu_polling = 'gpu_busy'\ncompletion = 'whole_group'\n");
  SimConfig config;
  file.load().serving.apply_to(config);
  CHECK_FALSE(config.railgate_seconds.has_value());
  CHECK(config.deferrable == DeferrableRule::kGpuBusy);
  CHECK(config.completion == Completion::kWholeGroup);
  SimConfig plain;
  ServingTraits{}.apply_to(plain);
  CHECK(plain.railgate_seconds == SimConfig{}.railgate_seconds);
}
