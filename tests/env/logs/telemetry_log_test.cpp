#include "env/logs/telemetry_log.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <limits>
#include <random>
#include <sstream>
#include <string>
#include <system_error>

#include "env/logs/log_error.h"
#include "tests/support/temporary_file.h"

using namespace flyball;

namespace {

TelemetryLogHeader small_header() {
  TelemetryLogHeader header;
  header.plant.board = "two-core";
  header.plant.domains = {{"cpu0", DomainKind::kCpu, {1e8, 2e8, 1.1904e9}, 0.001, {0, 1}},
                          {"gpu", DomainKind::kGpu, {114.75e6, 1377e6}, 0.005, {}}};
  header.plant.knobs = {{"cpu", {1e8, 2e8, 1.1904e9}, {0}},
                        {"gpu", {114.75e6, 1377e6}, {1}},
                        {"batch", {1, 2, 4}, {}}};
  header.plant.limits = {{0, 2}, {0, 1}, {0, 2}};
  header.modes = {{0, {{0, 2}, {0, 1}, {0, 2}}}, {5, {{1, 1}, {0, 0}, {0, 2}}}};
  header.plant.rails = {"VDD_IN", "VDD_SOC"};
  header.plant.zones = {"CPU-therm"};
  header.plant.cpus = 2;
  header.plant.has_application = true;
  header.leased_knobs = {"gpu", "batch"};
  header.scenario = "a line\nand a back\\slash, comma";
  header.version = "0.1.0";
  header.governor = "podgov";
  header.sensor_lag_seconds = 0.42;
  header.energy_reference_joules = 1.0 / 3.0;
  return header;
}

// Doubles with all bits in use.
double awkward(std::mt19937_64& random) {
  return std::uniform_real_distribution<double>(-1.0, 1.0)(random) *
         std::pow(10.0, std::uniform_int_distribution<int>(-300, 300)(random));
}

std::optional<double> perhaps(std::mt19937_64& random) {
  if (random() % 2 == 0) return std::nullopt;
  return awkward(random);
}

void fill(Telemetry& t, std::mt19937_64& random) {
  t.time_seconds = awkward(random);
  if (random() % 4 != 0) {
    auto& domains = t.domains.refill(awkward(random));
    domains.resize(2);
    for (DomainTelemetry& d : domains) {
      d = {awkward(random), awkward(random), awkward(random),
           awkward(random), perhaps(random), perhaps(random)};
    }
  }
  if (random() % 4 != 0) {
    auto& cpus = t.cpus.refill(awkward(random));
    cpus.resize(2);
    for (CpuTelemetry& c : cpus) {
      c = {random() % 2 == 0, awkward(random), awkward(random), awkward(random)};
    }
  }
  if (random() % 4 != 0) t.rail_watts.refill(awkward(random)) = {perhaps(random), perhaps(random)};
  if (random() % 4 != 0) t.total_watts.refill(awkward(random)) = awkward(random);
  if (random() % 4 != 0) t.temperatures_celsius.refill(awkward(random)) = {perhaps(random)};
  if (random() % 4 != 0) {
    ApplicationTelemetry& a = t.application.refill(awkward(random));
    a.arrived = random();
    a.served = random();
    a.missed = random();
    a.in_system_seconds = awkward(random);
    a.batches = random();
    a.queue_length = random();
    for (auto* field :
         {&a.latency_mean_seconds, &a.latency_p95_seconds, &a.latency_max_seconds,
          &a.deadline_seconds, &a.slack_seconds, &a.batch_recommended, &a.batch_effective}) {
      *field = perhaps(random);
    }
    a.finished = random() % 2 == 0;
  }
}

TelemetryRow random_row(std::mt19937_64& random, bool with_snapshot) {
  TelemetryRow row;
  fill(row.telemetry, random);
  row.period_seconds = awkward(random);
  if (random() % 2 == 0) row.mode = static_cast<std::uint16_t>(random() % 65536);
  row.decided = random() % 2 == 0;
  row.decided_by = static_cast<DecidedBy>(random() % 3);
  row.probability = perhaps(random);
  if (random() % 2 == 0) {
    const Level levels[] = {static_cast<Level>(random() % 2), static_cast<Level>(random() % 3)};
    row.setting = Setting::pinned(levels);
  }
  row.t_as_seconds = perhaps(random);
  row.effect_seconds = perhaps(random);
  if (with_snapshot && random() % 2 == 0) fill(row.at_effect.emplace(), random);
  row.before_effect = {awkward(random), awkward(random), awkward(random), 3.0, 1.0};
  row.after_effect = {awkward(random), awkward(random), awkward(random), 4.0, 0.0};
  row.terminated = random() % 2 == 0;
  row.truncated = random() % 2 == 0;
  return row;
}

std::string contents(const std::string& path) {
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

std::string log_text(const TelemetryLogHeader& header, const std::vector<TelemetryRow>& rows) {
  const TemporaryFile file;
  write_telemetry_log(file.path(), {header, rows});
  return contents(file.path());
}

TelemetryLogOptions live(double flush_seconds = 1.0) {
  TelemetryLogOptions options;
  options.live = true;
  options.flush_seconds = flush_seconds;
  return options;
}

struct ReadBack {
  std::size_t rows = 0;
  std::string warning;  // without the file's name
};

ReadBack read_back(const std::string& path) {
  ReadBack back;
  const TelemetryLog log = read_telemetry_log(path, [&](const std::string& line) {
    REQUIRE(line.starts_with(path + ": "));
    back.warning += line.substr(path.size() + 2);
  });
  back.rows = log.rows.size();
  return back;
}

ReadBack read_text(const std::string& text) { return read_back(TemporaryFile(text).path()); }

// What reading `text` complains of, without the file's name.
std::string complaint(const std::string& text) {
  const TemporaryFile file(text);
  try {
    read_telemetry_log(file.path());
  } catch (const LogError& error) {
    const std::string what = error.what();
    REQUIRE(what.rfind(file.path() + ":", 0) == 0);
    return what.substr(file.path().size() + 1);
  }
  return "nothing";
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

// A log whose one row has every group, at round numbers.
std::string plain_log() {
  TelemetryRow row;
  row.telemetry.time_seconds = 7.5;
  row.telemetry.total_watts.refill(7.5) = 4.25;
  row.period_seconds = 0.25;
  return log_text(small_header(), {row});
}

}  // namespace

TEST_CASE("rows of a telemetry log come back bit for bit") {
  std::mt19937_64 random(1);
  for (const bool with_snapshot : {false, true}) {
    std::vector<TelemetryRow> rows;
    for (int i = 0; i < 200; ++i) rows.push_back(random_row(random, with_snapshot));
    const TemporaryFile file;
    write_telemetry_log(file.path(), {small_header(), rows});
    const TelemetryLog back = read_telemetry_log(file.path());
    CHECK(back.rows.size() == rows.size());
    // to_chars is exact, so equal text of the second writing means equal rows.
    CHECK(log_text(back.header, back.rows) == contents(file.path()));
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const TelemetryRow& a = rows[i];
      const TelemetryRow& b = back.rows[i];
      REQUIRE(a.telemetry.time_seconds == b.telemetry.time_seconds);
      REQUIRE(a.telemetry.domains.has_value() == b.telemetry.domains.has_value());
      if (a.telemetry.domains) {
        REQUIRE(a.telemetry.domains->at(1).effective_hz == b.telemetry.domains->at(1).effective_hz);
        REQUIRE(a.telemetry.domains->at(1).busy_seconds == b.telemetry.domains->at(1).busy_seconds);
      }
      if (a.telemetry.application) {
        REQUIRE(a.telemetry.application->served == b.telemetry.application->served);
        REQUIRE(a.telemetry.application->slack_seconds == b.telemetry.application->slack_seconds);
      }
      REQUIRE(a.mode == b.mode);
      REQUIRE(a.setting == b.setting);
      REQUIRE(a.at_effect.has_value() == b.at_effect.has_value());
      REQUIRE(a.after_effect.energy_joules == b.after_effect.energy_joules);
      REQUIRE(a.decided_by == b.decided_by);
      REQUIRE(a.truncated == b.truncated);
    }
  }
}

TEST_CASE("an energy that was not measured is an empty cell, and absent when read back") {
  TelemetryRow row;
  row.period_seconds = 0.25;
  row.before_effect = {0.05, 0.4, 0.1, 0.0, 0.0};
  row.after_effect = {0.2, std::nullopt, 0.4, 1.0, 0.0};
  const TemporaryFile file;
  write_telemetry_log(file.path(), {small_header(), {row}});
  CHECK(contents(file.path()).find(",0.05,0.4,0.1,0,0,0.2,,0.4,1,0,") != std::string::npos);
  const TelemetryRow back = read_telemetry_log(file.path()).rows.at(0);
  CHECK(back.before_effect.energy_joules == 0.4);
  CHECK_FALSE(back.after_effect.energy_joules.has_value());
  CHECK(back.after_effect.served == 1.0);
}

TEST_CASE("a clock that was not shown is an empty cell, one that is switched off a 0") {
  TelemetryRow row;
  auto& domains = row.telemetry.domains.refill(0.5);
  domains.resize(small_header().plant.domains.size());
  domains[0].requested_hz = domains[0].effective_hz = 0.0;
  const TemporaryFile file;
  write_telemetry_log(file.path(), {small_header(), {row}});
  const Telemetry back = read_telemetry_log(file.path()).rows.at(0).telemetry;
  CHECK(back.domains->at(0).effective_hz == 0.0);
  CHECK_FALSE(back.domains->at(1).requested_hz.has_value());
  CHECK_FALSE(back.domains->at(1).effective_hz.has_value());
}

TEST_CASE("a log of an earlier version, whose unmeasured energy is a 0, is read as without it") {
  TelemetryRow row;
  row.period_seconds = 0.25;
  row.before_effect = {0.0, 0.0, 0.0, 0.0, 0.0};
  row.after_effect = {0.25, 0.0, 0.4, 1.0, 0.0};
  const TemporaryFile file;
  write_telemetry_log(file.path(), {small_header(), {row}});
  const TelemetryRow back = read_telemetry_log(file.path()).rows.at(0);
  CHECK(back.before_effect.energy_joules == 0.0);  // of no time: known
  CHECK_FALSE(back.after_effect.energy_joules.has_value());
}

TEST_CASE("the header of a telemetry log comes back whole") {
  const TemporaryFile file;
  const TelemetryLogHeader header = small_header();
  write_telemetry_log(file.path(), {header, {}});
  const TelemetryLogHeader back = read_telemetry_log(file.path()).header;
  CHECK(back.scenario == header.scenario);
  CHECK(back.version == "0.1.0");
  CHECK(back.governor == "podgov");
  CHECK(back.leased_knobs == header.leased_knobs);
  CHECK(back.energy_reference_joules == header.energy_reference_joules);
  CHECK_FALSE(back.latency_reference_seconds.has_value());
  CHECK(back.plant.board == "two-core");
  CHECK(back.plant.domains[0].frequencies_hz == header.plant.domains[0].frequencies_hz);
  CHECK(back.plant.domains[0].cpus == header.plant.domains[0].cpus);
  CHECK(back.plant.domains[1].kind == DomainKind::kGpu);
  CHECK(back.plant.knobs[2].is_application());
  CHECK(back.plant.limits == header.plant.limits);
  REQUIRE(back.modes.size() == 2);
  CHECK(back.modes[1].id == 5);
  CHECK(back.modes[1].limits == header.modes[1].limits);
  CHECK(back.plant.rails == header.plant.rails);
  CHECK(back.plant.zones == header.plant.zones);
  CHECK(back.plant.has_application);
}

TEST_CASE("a live log has its whole header at once and whole rows after a flush") {
  std::mt19937_64 random(2);
  const TemporaryFile file;
  TelemetryLogWriter writer(file.path(), small_header(), live());
  CHECK(read_telemetry_log(file.path()).rows.empty());
  writer.write(random_row(random, false));
  writer.write(random_row(random, false));
  writer.flush();
  CHECK(read_telemetry_log(file.path()).rows.size() == 2);
}

TEST_CASE("a destroyed writer of a live log has lost nothing but the end mark") {
  std::mt19937_64 random(3);
  const TemporaryFile file;
  {
    TelemetryLogWriter writer(file.path(), small_header(), live());
    for (int i = 0; i < 3; ++i) writer.write(random_row(random, false));
  }
  const ReadBack back = read_back(file.path());
  CHECK(back.rows == 3);
  CHECK(back.warning.starts_with("cut after 3 rows: the end mark is missing"));
}

TEST_CASE("a log that is not live takes its name when it is closed, and is given up otherwise") {
  std::mt19937_64 random(6);
  const TemporaryFile file("what was there");
  {
    TelemetryLogWriter given_up(file.path(), small_header());
    given_up.write(random_row(random, false));
    given_up.flush();
    CHECK(contents(file.path()) == "what was there");
  }
  CHECK(contents(file.path()) == "what was there");
  TelemetryLogWriter writer(file.path(), small_header());
  writer.write(random_row(random, false));
  writer.close();
  CHECK(read_back(file.path()).rows == 1);
}

TEST_CASE(
    "a log ends with a mark that counts its rows, and a cut one is said wherever it was cut") {
  std::mt19937_64 random(7);
  const std::string whole =
      log_text(small_header(), {random_row(random, false), random_row(random, false)});
  REQUIRE(whole.ends_with("\n# end rows=2\n"));
  CHECK(read_text(whole).warning.empty());
  const std::size_t mark = whole.find("# end rows");
  const std::size_t last_row = whole.rfind('\n', mark - 2) + 1;
  const std::string missing = "the end mark is missing (its writer was killed, or still writes)";
  CHECK(read_text(whole.substr(0, mark)).rows == 2);
  CHECK(read_text(whole.substr(0, mark)).warning == "cut after 2 rows: " + missing);
  CHECK(read_text(whole.substr(0, last_row)).warning == "cut after 1 rows: " + missing);
  const auto line = static_cast<int>(std::count(whole.begin(), whole.end(), '\n'));
  for (const std::size_t cut : {last_row + 1, last_row + 40, mark - 1}) {
    const ReadBack back = read_text(whole.substr(0, cut));
    CHECK(back.rows == 1);
    CHECK(back.warning ==
          "cut in line " + std::to_string(line - 1) + ", which is left out; 1 rows are used");
  }
  CHECK(read_text(whole.substr(0, whole.size() - 1)).rows == 2);
  CHECK(read_text(whole.substr(0, whole.size() - 1)).warning.starts_with("cut in line "));
}

TEST_CASE("a log whose run was interrupted says so") {
  std::mt19937_64 random(8);
  const TemporaryFile file;
  TelemetryLogWriter writer(file.path(), small_header());
  writer.write(random_row(random, false));
  writer.close(LogEnd::kInterrupted);
  const ReadBack back = read_back(file.path());
  CHECK(back.rows == 1);
  CHECK(back.warning == "the run was interrupted after 1 rows");
}

TEST_CASE("an end mark that cannot be true is refused") {
  const std::string good = plain_log();
  CHECK(complaint(replaced(good, "rows=1", "rows=7"))
            .find("the end mark counts 7 rows, above it are 1: rows were removed or added") !=
        std::string::npos);
  CHECK(complaint(replaced(good, "rows=1", "rows=-1")).find("expected a number of rows") !=
        std::string::npos);
  CHECK(complaint(good + "1,2,3\n").find("nothing may follow the end mark") != std::string::npos);
}

TEST_CASE("a log of a writer that sets no end marks is read in silence") {
  std::string text = replaced(plain_log(), "# end_mark yes\n", "");
  text = replaced(text, "# end rows=1\n", "");
  CHECK(read_text(text).rows == 1);
  CHECK(read_text(text).warning.empty());
}

TEST_CASE("rows reach the file by themselves when the flush time has passed") {
  std::mt19937_64 random(4);
  const TemporaryFile file;
  TelemetryLogWriter writer(file.path(), small_header(), live(0.0));
  writer.write(random_row(random, false));
  CHECK(read_telemetry_log(file.path()).rows.size() == 1);
}

TEST_CASE("the writer refuses what would not come back, and the log stays whole") {
  const TemporaryFile file;
  TelemetryLogWriter writer(file.path(), small_header());
  TelemetryRow row;
  row.period_seconds = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_WITH(writer.write(row), "telemetry log: period_seconds = nan: must be finite");
  row.period_seconds = 1.0;
  row.telemetry.rail_watts.refill(0.0).resize(1);
  CHECK_THROWS_AS(writer.write(row), std::invalid_argument);
  row.telemetry.rail_watts.clear();
  row.at_effect.emplace();
  CHECK_THROWS_AS(writer.write(row), std::invalid_argument);
  row.at_effect.reset();
  writer.write(row);
  writer.close();
  CHECK(read_telemetry_log(file.path()).rows.size() == 1);
  CHECK_THROWS_AS(writer.write(row), std::logic_error);

  TelemetryLogHeader header = small_header();
  header.plant.rails = {"VDD IN"};
  CHECK_THROWS_AS(TelemetryLogWriter(file.path(), header), std::invalid_argument);
}

TEST_CASE("a log that cannot be opened or written says so") {
  CHECK_THROWS_AS(read_telemetry_log("/nonexistent/log.csv"), std::system_error);
  CHECK_THROWS_AS(TelemetryLogWriter("/nonexistent/log.csv", small_header()), std::system_error);
}

TEST_CASE("malformed headers are refused with line and column") {
  const std::string good = plain_log();
  CHECK(complaint(good) == "nothing");
  CHECK(complaint("") == "1:1: not a telemetry log: expected '# flyball-telemetry-log 1'");
  CHECK(complaint("time,power\n") ==
        "1:1: not a telemetry log: expected '# flyball-telemetry-log 1'");
  CHECK(complaint(replaced(good, "log 1", "log 9")) ==
        "1:3: not a telemetry log of this version: expected 'flyball-telemetry-log 1'");
  CHECK(complaint(replaced(good, "# cpus 2", "# cpus two")) ==
        "7:8: cpus: 'two': expected a number");
  CHECK(complaint(replaced(good, "# rail ", "# rale "))
            .find("'rale': no entry of a telemetry log's header") != std::string::npos);
  CHECK(complaint(replaced(good, "kind=gpu", "kind=npu"))
            .find("domain: 'npu': expected cpu, gpu or emc") != std::string::npos);
  CHECK(complaint(replaced(good, "frequencies_hz=100000000,200000000",
                           "frequencies_hz=200000000,100000000"))
            .find("must be above the entry before it") != std::string::npos);
  CHECK(complaint(replaced(good, "# mode 5 cpu=1,1", "# mode 5 cpu=1,3"))
            .find("mode: '1,3': expected a floor and a ceiling, levels of cpu") !=
        std::string::npos);
  CHECK(complaint(replaced(good, "# mode 5 cpu=1,1 ", "# mode 5 "))
            .find("mode: expected limits of every knob, each once") != std::string::npos);
  CHECK(complaint(replaced(good, "# leased gpu", "# leased npu")).find("no knob \"npu\"") !=
        std::string::npos);
  CHECK(complaint(replaced(good, "period_seconds:f64", "period_seconds:f32"))
            .find("'period_seconds:f32': expected 'period_seconds:f64'") != std::string::npos);
}

TEST_CASE("malformed rows are refused with line, column, name and what was expected") {
  const std::string good = plain_log();
  const auto rows_line = static_cast<int>(std::count(good.begin(), good.end(), '\n')) - 1;
  const std::string line = std::to_string(rows_line) + ":";
  const auto in_row = [&](const std::string& from, const std::string& to) {
    const std::size_t row = good.rfind('\n', good.rfind("\n# end") - 1) + 1;
    return complaint(good.substr(0, row) + replaced(good.substr(row), from, to));
  };
  CHECK(in_row("7.5,", "x7.5,") == line + "1: time_seconds:f64: 'x7.5': expected a number");
  CHECK(in_row("7.5,", "nan,") == line + "1: time_seconds:f64: 'nan': expected a finite number");
  CHECK(in_row("7.5,", ",") == line + "1: time_seconds:f64: '': expected a number");
  CHECK(
      in_row("7.5,,", "7.5,,5").find("domain.cpu0.requested_hz:f64: '5': expected an empty cell") !=
      std::string::npos);
  CHECK(in_row("resident", "ondemand").find("'ondemand': expected resident, policy or random") !=
        std::string::npos);
  CHECK(in_row(",0,resident", ",2,resident").find("decided:bool: '2': expected 0 or 1") !=
        std::string::npos);
  CHECK(in_row(",0,0\n", "\n").find("the row ends after") != std::string::npos);
  CHECK(in_row(",0,0\n", ",0,0,0\n").find("more than the header's") != std::string::npos);
  CHECK(in_row(",0,resident,,,,,,", ",0,resident,,0,7,0,0,")
            .find("setting.gpu: level 7 is not below 2") != std::string::npos);
}

TEST_CASE("no mutation of a telemetry log crashes the reader") {
  std::mt19937_64 random(5);
  std::vector<TelemetryRow> rows;
  for (int i = 0; i < 3; ++i) rows.push_back(random_row(random, true));
  rows[0].at_effect.emplace();
  const std::string good = log_text(small_header(), rows);
  int refused = 0;
  for (int i = 0; i < 2000; ++i) {
    const TemporaryFile file(mutated(good, random));
    try {
      read_telemetry_log(file.path());
    } catch (const LogError&) {
      ++refused;
    }
  }
  CHECK(refused > 500);
}
