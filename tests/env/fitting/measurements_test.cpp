#include "env/fitting/measurements.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/support/error_text.h"
#include "tests/support/sample_sweep.h"

using namespace flyball;

namespace {

// Of this process alone: cases run side by side.
const std::filesystem::path kFolder =
    std::filesystem::path(FLYBALL_BINARY_DIR) / ("measurements_test" + std::to_string(getpid()));
const std::filesystem::path kFile = kFolder / "measurements_test.csv";

// Twelve rows over three CPU and four GPU frequencies of the Nano; `cell` may change one.
std::string grid() {
  std::string text = "cpu_khz,gpu_hz,time_s,power_w\n";
  for (const char* cpu : {"102000", "710400", "1479000"}) {
    for (const char* gpu : {"76800000", "230400000", "460800000", "921600000"}) {
      text += std::string(cpu) + "," + gpu + ",0.5,4.0\n";
    }
  }
  return text;
}

// The grid with the first `from` of line `line` replaced.
std::string changed(std::size_t line, const std::string& from, const std::string& to) {
  std::string text = grid();
  std::size_t begin = 0;
  for (std::size_t i = 1; i < line; ++i) begin = text.find('\n', begin) + 1;
  return text.replace(text.find(from, begin), from.size(), to);
}

Measurements read(const std::string& text, MeasurementSource source = {}) {
  std::filesystem::create_directories(kFolder);
  std::ofstream(kFile) << text;
  source.file = kFile;
  struct Cleanup {
    ~Cleanup() { std::filesystem::remove_all(kFolder); }
  } cleanup;
  return read_measurements(source, sample_board().board);
}

std::string error_of(const std::string& text, const MeasurementSource& source = {}) {
  std::string error = error_text([&] { read(text, source); });
  const std::string folder = kFolder.string() + "/";
  if (error.starts_with(folder)) error.erase(0, folder.size());
  return error;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("rows of several devices are refused by whoever reads measurements, and one is kept") {
  std::string text;
  std::istringstream lines(grid());
  std::size_t count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    text += line + (count == 0 ? ",device" : count % 2 == 1 ? ",nano" : ",other") + "\n";
  }
  CHECK(contains(error_of(text), "device"));
  CHECK(contains(error_of(text), "--where"));
  MeasurementSource source;
  source.ignored = {"device"};
  CHECK(read(text, source).rows.size() == read(grid()).rows.size());
}

TEST_CASE("columns are recognised by name and unit, and said to be") {
  const Measurements set = read(grid());
  CHECK(set.rows.size() == 12);
  CHECK(set.rows[0].line == 2);
  CHECK(set.rows[0].point.cpu_hz == doctest::Approx(102e6));
  CHECK(set.varied == std::vector{FitKnob::kCpu, FitKnob::kGpu});
  CHECK(set.held == std::vector{FitKnob::kEmc});
  CHECK(
      set.notes.back() ==
      "no batch column: every row is taken for a batch of 1, and a batch of n for n/1 of its work");
  CHECK(set.notes.front() == "cpu is column cpu_khz in kHz (recognised by its name)");
}

TEST_CASE("a byte order mark does not hide the first column") {
  const Measurements plain = read(grid());
  const Measurements marked = read("\xEF\xBB\xBF" + grid());
  CHECK(marked.rows.size() == plain.rows.size());
  CHECK(marked.rows.back().point.cpu_hz == plain.rows.back().point.cpu_hz);
  CHECK(marked.rows.front().point.cpu_hz != marked.rows.back().point.cpu_hz);
}

TEST_CASE("columns and units that are told win") {
  std::string text = grid();
  text.replace(0, text.find('\n'), "a,b,c,d");
  MeasurementSource source;
  for (const char* column : {"cpu=a:kHz", "gpu=b", "time=c:ms", "energy=d:mJ"}) {
    source.columns.push_back(parse_column(column));
  }
  const Measurements set = read(text, source);
  CHECK(set.rows[0].seconds == doctest::Approx(0.5e-3));
  CHECK(set.rows[0].watts == doctest::Approx(8.0));
}

TEST_CASE("throughput, batches and energy per request become seconds and watts of a batch") {
  std::string text = "gpu_mhz,batch_size,throughput,energy_per_request_j\n";
  for (const char* gpu : {"76.8", "230.4", "460.8", "921.6"}) {
    for (const char* batch : {"1", "4", "8"}) text += std::string(gpu) + "," + batch + ",16,0.25\n";
  }
  const Measurements set = read(text);
  CHECK(set.rows[1].requests == 4.0);
  CHECK(set.rows[1].seconds == doctest::Approx(0.25));
  CHECK(set.rows[1].watts == doctest::Approx(4.0));
  CHECK(set.varied == std::vector{FitKnob::kGpu, FitKnob::kBatch});
}

TEST_CASE("half of the clients are in the batch, and a single one is alone") {
  std::string text = "gpu_mhz,concurrency,throughput,power_w\n";
  for (const char* gpu : {"76.8", "230.4", "460.8", "921.6"}) {
    for (const char* clients : {"1", "4", "8"})
      text += std::string(gpu) + "," + clients + ",16,4\n";
  }
  const Measurements set = read(text);
  CHECK(set.load == LoadKind::kClients);
  CHECK(set.rows[0].requests == 0.5);
  CHECK(set.rows[0].seconds == doctest::Approx(1.0 / 16.0));
  CHECK(set.rows[1].requests == 2.0);
  CHECK(set.rows[1].seconds == doctest::Approx(2.0 / 16.0));
}

TEST_CASE("rows can be filtered by text and by number") {
  MeasurementSource source;
  source.filters = {parse_filter("power_w=4.0"), parse_filter("cpu_khz<1000000")};
  source.left_out = {FitKnob::kCpu};
  source.duplicates = Duplicates::kMean;
  CHECK(error_of(grid(), source) ==
        "measurements_test.csv: 4 rows, at least 8 are needed where 1 "
        "knobs vary");
  source.filters = {parse_filter("power_w=5")};
  CHECK(contains(error_of(grid(), source),
                 "measurements_test.csv: no row has power_w=5 (there are: "));
}

TEST_CASE("a missing column is named, with those that there are") {
  std::string text = grid();
  text.replace(text.find("time_s"), 6, "dauer!");
  CHECK(error_of(text) ==
        "measurements_test.csv:1: no column with the time per batch or the throughput; name one "
        "with --column time=NAME:UNIT (columns: cpu_khz, gpu_hz, dauer!, power_w)");
  MeasurementSource source;
  source.columns = {parse_column("time=nosuch:s")};
  CHECK(contains(error_of(grid(), source), ":1: no column \"nosuch\""));
}

TEST_CASE("a sweep of times alone is refused with the way on") {
  std::string text = "cpu_khz,gpu_hz,time_s\n";
  for (const char* gpu : {"76800000", "230400000", "460800000"}) {
    text += std::string("102000,") + gpu + ",0.5\n";
  }
  const std::string error = error_of(text);
  CHECK(contains(error, "times alone say nothing of what a setting costs"));
  CHECK(contains(error, "tegrastats"));
  CHECK(contains(error, "--column power=NAME:UNIT"));
}

TEST_CASE("a column of CPUs online is told as a setting, and not as a repeated one") {
  const std::string text = grid();
  std::string both = "cores_online,cpu_khz,gpu_hz,time_s,power_w\n";
  for (const char* cores : {"2", "4"}) {
    std::size_t begin = text.find('\n') + 1;
    for (std::size_t end; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1) {
      both += std::string(cores) + "," + text.substr(begin, end - begin) + "\n";
    }
  }
  const std::string told =
      "the column cores_online holds 2, 4: one number of CPUs at a time, "
      "--where cores_online=2";
  CHECK(contains(error_of(both), told));
  MeasurementSource source;
  source.duplicates = Duplicates::kMean;
  CHECK(contains(error_of(both, source), told));
  source.filters = {parse_filter("cores_online=4")};
  CHECK_NOTHROW(read(both, source));
}

TEST_CASE("cells that are no measurement are named by line, column and value") {
  CHECK(error_of(changed(4, "0.5", "nan")) ==
        "measurements_test.csv:4: column time_s: \"nan\" is not a measurement; leave rows that "
        "failed out of the file");
  CHECK(
      contains(error_of(changed(4, "0.5", "fast")), ":4: column time_s: \"fast\" is not a number"));
  CHECK(contains(error_of(changed(4, "0.5", "")), ":4: column time_s: the cell is empty"));
  CHECK(contains(error_of(changed(5, "4.0", "-4.0")),
                 ":5: column power_w: power = -4 W: must be above 0 (was idle power subtracted"));
  CHECK(contains(error_of(changed(5, ",4.0", "")), "3 cells, the header has 4"));
}

TEST_CASE("frequencies off the table name the nearest and the likely unit") {
  CHECK(contains(error_of(changed(3, "102000", "150000")),
                 ":3: column cpu_khz: 150 MHz is no cpu frequency of nano-4gb (nearest: "));
  MeasurementSource source;
  source.columns = {parse_column("cpu=cpu_khz:Hz")};
  CHECK(contains(error_of(grid(), source), "it is one in kHz: --column cpu=cpu_khz:kHz"));
}

TEST_CASE("power off by 1000 is the unit when all rows are, and the row when one is") {
  MeasurementSource source;
  source.columns = {parse_column("power=power_w:mW")};
  CHECK(contains(error_of(grid(), source),
                 "(12 of 12 rows are off): is the column in W? --column "
                 "power=power_w:W"));
  CHECK(contains(error_of(changed(6, "4.0", "4000")),
                 ":6: column power_w: 4000 W, a Jetson draws 0.1 to 300 W (1 of 12 rows are off): "
                 "off by 1000 in this row?"));
}

TEST_CASE("time off by 1000 is said, unless its unit was told") {
  std::string slow = grid();
  std::string fast = grid();
  for (std::size_t at; (at = slow.find(",0.5,")) != std::string::npos;) {
    slow.replace(at, 5, ",500,");
    fast.replace(fast.find(",0.5,"), 5, ",5e-5,");
  }
  const std::string cause = "is the column off by 1000? Tell its unit, --column time=time_s:UNIT";
  CHECK(contains(error_of(slow), "column time_s: 500 s per batch (median)"));
  CHECK(contains(error_of(slow), cause));
  CHECK(contains(error_of(fast), cause));
  MeasurementSource source;
  source.columns = {parse_column("time=time_s:ms")};
  CHECK(read(slow, source).rows[0].seconds == doctest::Approx(0.5));
  source.columns = {parse_column("time=time_s:s")};
  CHECK(read(slow, source).rows[0].seconds == doctest::Approx(500.0));
}

TEST_CASE("power and energy that contradict each other are refused") {
  const auto with_energy = [](const char* joules) {
    std::string text = grid();
    text.insert(text.find('\n'), ",energy_j");
    for (std::size_t at = text.find('\n') + 1; (at = text.find('\n', at)) != std::string::npos;) {
      const std::string cell = std::string(",") + joules;
      text.insert(at, cell);
      at += cell.size() + 1;
    }
    return text;
  };
  CHECK(read(with_energy("2.0")).rows.size() == 12);  // 4 W for 0.5 s
  CHECK(contains(error_of(with_energy("2000")),
                 "column energy_j asks for 1000 times the power of column power_w"));
}

TEST_CASE("a setting measured twice is refused, or averaged when asked") {
  const std::string twice = grid() + "102000,76800000,0.7,6.0\n";
  CHECK(contains(error_of(twice), ":14: the same setting as line 2; --duplicates mean"));
  MeasurementSource source;
  source.duplicates = Duplicates::kMean;
  const Measurements set = read(twice, source);
  CHECK(set.rows.size() == 12);
  CHECK(set.rows[0].seconds == doctest::Approx(0.6));
  CHECK(set.rows[0].watts == doctest::Approx(5.0));
}

TEST_CASE("several variants in one file: the error says how to choose one") {
  std::string text = grid();
  std::string both = "variant,cpu_khz,gpu_hz,time_s,power_w\n";
  for (const char* variant : {"a", "b"}) {
    std::size_t begin = text.find('\n') + 1;
    for (std::size_t end; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1) {
      both += std::string(variant) + "," + text.substr(begin, end - begin) + "\n";
    }
  }
  CHECK(contains(error_of(both),
                 "the column variant holds a, b: one job at a time, --where variant=a"));
}

TEST_CASE("no mean is taken over a frequency whose column was not used") {
  std::string text = "clock,batch,time_s,power_w\n";
  for (const char* gpu : {"76.8", "230.4", "460.8", "921.6"}) {
    for (const char* batch : {"1", "4", "8"}) text += std::string(gpu) + "," + batch + ",0.5,4\n";
  }
  const std::string advice =
      "the column clock holds 76.8, 230.4, 460.8, 921.6: --column gpu=clock:MHz?";
  CHECK(contains(error_of(text), advice));
  MeasurementSource source;
  source.duplicates = Duplicates::kMean;
  CHECK(contains(error_of(text, source), advice));
  source.columns = {parse_column("gpu=clock:MHz")};
  CHECK(read(text, source).rows.size() == 12);
}

TEST_CASE(
    "columns that vary and were not used are named, whether repeated rows are refused or not") {
  std::string text = "cpu_khz,gpu_hz,time_s,power_w,temp_c\n";
  const std::string rows = grid().substr(grid().find('\n') + 1);
  int degrees = 40;
  for (std::size_t begin = 0, end; (end = rows.find('\n', begin)) != std::string::npos;
       begin = end + 1) {
    text += rows.substr(begin, end - begin) + "," + std::to_string(degrees++) + "\n";
  }
  CHECK(contains(read(text).notes[4], "not used though it varies: the column temp_c holds 40, 41"));
  CHECK(contains(error_of(text + "102000,76800000,0.7,6.0,77\n"),
                 "the same setting as line 2 (not used: temp_c); --duplicates mean"));
  MeasurementSource source;
  source.ignored = {"temp_c"};
  for (const std::string& note : read(text, source).notes) CHECK_FALSE(contains(note, "not used"));
  source.ignored = {"fan"};
  CHECK(contains(error_of(text, source), "--ignore fan: no such column"));
}

TEST_CASE("semicolons with decimal commas, tabs and quotes are read like commas") {
  std::string semicolons = grid();
  for (char& c : semicolons) {
    if (c == ',') c = ';';
    if (c == '.') c = ',';
  }
  std::string quoted = grid();
  quoted.replace(0, quoted.find('\n'), "\"cpu_khz\",\"gpu_hz\",\"time_s\",\"power_w\"");
  for (const std::string& text : {semicolons, quoted}) {
    const Measurements set = read(text);
    CHECK(set.rows.size() == 12);
    CHECK(set.rows[0].seconds == 0.5);
    CHECK(set.rows[0].watts == 4.0);
  }
}

TEST_CASE("what cannot be identified is refused") {
  std::string same = "cpu_khz,gpu_hz,time_s,power_w\n";
  for (int i = 0; i < 9; ++i) same += "102000,76800000,0.5,4.0\n";
  MeasurementSource mean;
  mean.duplicates = Duplicates::kMean;
  CHECK(contains(error_of(same, mean), "no knob was varied"));
  std::string together = "cpu_khz,gpu_hz,time_s,power_w\n";
  const Board board = sample_board().board;
  const auto& cpu = board.knobs[find_knob(board.knobs, "cpu")].levels;
  const auto& gpu = board.knobs[find_knob(board.knobs, "gpu")].levels;
  for (std::size_t i = 0; i < 12; ++i) {
    together += std::to_string(std::lround(cpu[i] / 1e3)) + "," +
                std::to_string(std::lround(gpu[i])) + ",0.5,4.0\n";
  }
  CHECK(contains(error_of(together), "cpu and gpu always move together"));
  mean.left_out = {FitKnob::kGpu};
  CHECK(read(together, mean).varied == std::vector{FitKnob::kCpu});
}

TEST_CASE("command-line pieces that are wrong say what is allowed") {
  CHECK(error_text([] { parse_column("cpu"); }) ==
        "--column cpu: expected ROLE=COLUMN[:UNIT], as in cpu=cpu_khz:kHz");
  CHECK(error_text([] { parse_column("fan=x"); }).starts_with("--column fan=x: no role \"fan\""));
  CHECK(error_text([] { parse_column("cpu=x:W"); }) ==
        "--column cpu=x:W: no unit \"W\" for cpu (allowed: Hz, kHz, MHz, GHz)");
  CHECK(error_text([] { parse_filter("x"); }).starts_with("--where x: expected COLUMN=VALUE"));
  CHECK(error_text([] { parse_filter("x<y"); }) == "--where x<y: a number is needed after <");
}

TEST_CASE("columns with spaces and units in brackets are recognised, and JSON rows are read") {
  std::string titled = grid();
  titled.replace(0, titled.find('\n'), "CPU Clock (kHz),GPU Clock [Hz],Latency (s),Power (W)");
  CHECK(read(titled).rows.size() == 12);
  std::string json;
  for (const Measurement& row : read(grid()).rows) {
    json += "{\"cpu_khz\": " + std::to_string(std::lround(row.point.cpu_hz / 1e3)) +
            ", \"gpu_hz\": " + std::to_string(std::lround(row.point.gpu_hz)) +
            ", \"time_s\": 0.5, \"power_w\": 4}\n";
  }
  CHECK(read(json).rows.size() == 12);
}

TEST_CASE("a time that no setting explains is refused with its line") {
  CHECK(contains(error_of(changed(3, "0.5", "1e9")), "measurements_test.csv:3: column time_s"));
  CHECK(contains(error_of(changed(3, "0.5", "1e-9")), "0.5 s is usual here"));
}
