#include "env/logs/tegrastats.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cmath>
#include <fstream>
#include <stdexcept>
#include <system_error>

#include "env/statistics.h"

namespace flyball {

namespace {

constexpr double kSensorOffCelsius = -256.0;

// Engines that may show a bare number. Anything else with one is a rail that was cut off.
bool is_engine(std::string_view name) {
  constexpr std::array<std::string_view, 4> kNames = {"APE", "VIC", "OFA", "MSENC"};
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end() || name.ends_with("_FREQ") ||
         name.starts_with("NV") || name.starts_with("PVA");
}

// Walks over one line. Everything returns false, leaving `failure`, where the text is not as
// expected.
class LineParser {
 public:
  LineParser(std::string_view text, TegrastatsLine& line) : text_(text), line_(line) {}

  std::optional<TegrastatsFailure> parse() {
    line_ = TegrastatsLine{};
    skip_spaces();
    if (at_date() && !date()) return failure_;
    while (skip_spaces(), position_ < text_.size()) {
      if (!token()) return failure_;
    }
    if (line_.cpus.empty()) fail("expected a CPU list (CPU [...]) in the line");
    return failure_;
  }

 private:
  bool fail(std::string reason) { return fail_at(position_, std::move(reason)); }
  bool fail_at(std::size_t position, std::string reason) {
    if (!failure_) failure_ = TegrastatsFailure{0, position + 1, std::move(reason)};
    return false;
  }
  char peek() const { return position_ < text_.size() ? text_[position_] : '\0'; }
  bool accept(std::string_view expected) {
    if (text_.compare(position_, expected.size(), expected) != 0) return false;
    position_ += expected.size();
    return true;
  }
  bool expect(std::string_view expected) {
    return accept(expected) || fail(fmt::format("expected '{}'", expected));
  }
  void skip_spaces() {
    while (peek() == ' ' || peek() == '\t' || peek() == '\r') ++position_;
  }
  bool at_end_of_token() const {
    return position_ >= text_.size() || text_[position_] == ' ' || text_[position_] == '\t' ||
           text_[position_] == '\r';
  }
  bool end_of_token(std::string_view name) {
    return at_end_of_token() || fail(fmt::format("{}: expected a space", name));
  }
  bool is_digit() const { return peek() >= '0' && peek() <= '9'; }

  template <typename T>
  bool number(T& value, std::string_view what) {
    const char* begin = text_.data() + position_;
    const char* end = text_.data() + text_.size();
    const bool numeric = is_digit() || peek() == '-';
    const auto result = std::from_chars(begin, end, value);
    if (!numeric || result.ec != std::errc{} || !std::isfinite(static_cast<double>(value))) {
      return fail(fmt::format("expected {}", what));
    }
    position_ += static_cast<std::size_t>(result.ptr - begin);
    return true;
  }
  bool amount(double& value, double unit, std::string_view what) {
    long long whole = 0;
    if (!number(whole, what)) return false;
    value = static_cast<double>(whole) * unit;
    return true;
  }
  bool percent(double& load) {
    const std::size_t begin = position_;
    long long whole = 0;
    if (!number(whole, "a percentage") || !expect("%")) return false;
    if (whole < 0 || whole > 100) return fail_at(begin, "expected a percentage from 0 to 100");
    load = static_cast<double>(whole) / 100.0;
    return true;
  }
  bool megahertz(double& hertz) {
    const std::size_t begin = position_;
    long long whole = 0;
    if (!number(whole, "a frequency in MHz")) return false;
    if (whole < 0) return fail_at(begin, "expected a frequency >= 0");
    // Exact: a whole number of MHz is below 2^53 hertz.
    hertz = static_cast<double>(whole) * 1e6;
    return true;
  }

  bool milliwatts(double& watts) {
    long long whole = 0;
    if (!number(whole, "a power in mW")) return false;
    watts = static_cast<double>(whole) / 1000.0;
    return true;
  }

  bool at_date() const {
    return position_ + 2 < text_.size() && text_[position_ + 2] == '-' && is_digit();
  }
  bool date() {
    const std::size_t begin = position_;
    unsigned month = 0, day = 0, hours = 0, minutes = 0, seconds = 0;
    int year = 0;
    const bool complete = number(month, "a month") && expect("-") && number(day, "a day") &&
                          expect("-") && number(year, "a year") && expect(" ") &&
                          number(hours, "hours") && expect(":") && number(minutes, "minutes") &&
                          expect(":") && number(seconds, "seconds") && end_of_token("date");
    if (!complete) return false;
    const std::chrono::year_month_day ymd{std::chrono::year{year}, std::chrono::month{month},
                                          std::chrono::day{day}};
    if (month > 12 || day > 31 || !ymd.ok() || year < 1970 || year > 9999 || hours > 23 ||
        minutes > 59 || seconds > 60) {
      return fail_at(begin, "expected a date MM-DD-YYYY HH:MM:SS");
    }
    const auto days = std::chrono::sys_days(ymd).time_since_epoch().count();
    line_.local_seconds = static_cast<double>(days) * 86400.0 + hours * 3600.0 + minutes * 60.0 +
                          static_cast<double>(seconds);
    return true;
  }

  // A name and what follows it: "NAME value" or "NAME@temperature".
  bool token() {
    const std::size_t begin = position_;
    while (!at_end_of_token() && peek() != '@') ++position_;
    const std::string_view name = text_.substr(begin, position_ - begin);
    const char first = name.empty() ? '\0' : name.front();
    const bool is_name = (first >= 'A' && first <= 'Z') || (first >= 'a' && first <= 'z');
    if (!is_name) return fail_at(begin, fmt::format("expected a name, found '{}'", name));
    if (accept("@")) return temperature(name);
    skip_spaces();
    if (name == "RAM") return memory(name, "MB", 1048576.0, line_.ram);
    if (name == "SWAP") return memory(name, "MB", 1048576.0, line_.swap);
    if (name == "IRAM") return memory(name, "kB", 1024.0, line_.iram);
    if (name == "CPU" && peek() == '[') return cpus();
    if (name == "MTS") return mts();
    return engine_or_rail(name);
  }

  bool memory(std::string_view name, std::string_view unit, double bytes,
              std::optional<TegrastatsMemory>& memory) {
    memory.emplace();
    if (!amount(memory->used_bytes, bytes, "an amount in use") || !expect("/") ||
        !amount(memory->total_bytes, bytes, "a total") || !expect(unit)) {
      return false;
    }
    const std::size_t after = position_;
    skip_spaces();
    if (peek() != '(') {
      position_ = after;
      return end_of_token(name);
    }
    const std::size_t close = text_.find(')', position_);
    if (close == std::string_view::npos) return fail(fmt::format("{}: expected ')'", name));
    position_ = close + 1;
    return end_of_token(name);
  }

  bool cpus() {
    if (!expect("[")) return false;
    do {
      TegrastatsCpu cpu;
      if (!accept("off") && !accept("na")) {
        cpu.online = true;
        if (!percent(cpu.load)) return false;
        if (accept("@") && !megahertz(cpu.frequency_hz)) return false;
      }
      line_.cpus.push_back(cpu);
    } while (accept(","));
    return expect("]") && end_of_token("CPU");
  }

  bool mts() {
    double foreground = 0.0;
    double background = 0.0;
    if (!expect("fg ") || !percent(foreground) || !expect(" bg ") || !percent(background)) {
      return false;
    }
    line_.mts_foreground = foreground;
    line_.mts_background = background;
    return end_of_token("MTS");
  }

  // "-256C", "41.343C", "50C/50C" (JetPack 7: now/average).
  bool temperature(std::string_view name) {
    double celsius = 0.0;
    if (!number(celsius, fmt::format("{}: a temperature", name)) || !expect("C")) return false;
    if (accept("/")) {
      double average = 0.0;
      if (!number(average, "an average temperature") || !expect("C")) return false;
    }
    TegrastatsTemperature& zone = line_.temperatures.emplace_back();
    zone.name = name;
    if (celsius != kSensorOffCelsius) zone.celsius = celsius;
    return end_of_token(name);
  }

  bool engine_or_rail(std::string_view name) {
    TegrastatsEngine engine;
    engine.name = name;
    if (accept("off")) {
      engine.off = true;
    } else if (accept("@")) {
      if (!frequencies(engine)) return false;
    } else {
      const std::size_t begin = position_;
      long long whole = 0;
      if (!number(whole, fmt::format("{}: a value", name))) return false;
      if (peek() == '/' || peek() == 'm') {
        return rail(name, static_cast<double>(whole) / 1000.0);
      }
      position_ = begin;
      if (!load_or_frequency(engine)) return false;
    }
    line_.engines.push_back(std::move(engine));
    return end_of_token(name);
  }

  // "79%@166", "0%@[305,305]", "0%", or a bare frequency.
  bool load_or_frequency(TegrastatsEngine& engine) {
    const std::size_t begin = position_;
    double megahertz_value = 0.0;
    if (!megahertz(megahertz_value)) return false;
    if (peek() == '%') {
      position_ = begin;
      if (!percent(engine.load.emplace())) return false;
      return !accept("@") || frequencies(engine);
    }
    if (!is_engine(engine.name)) {
      return fail(fmt::format("{}: expected now/average in mW", engine.name));
    }
    engine.frequencies_hz.push_back(megahertz_value);
    return true;
  }

  bool frequencies(TegrastatsEngine& engine) {
    const bool is_list = accept("[");
    do {
      if (!megahertz(engine.frequencies_hz.emplace_back())) return false;
    } while (is_list && accept(","));
    return !is_list || expect("]");
  }

  // After the first number: "/1628", "mW/4915mW", "mW/9761mW/9761mW".
  bool rail(std::string_view name, double now_watts) {
    TegrastatsRail rail;
    rail.name = name;
    rail.now_watts = now_watts;
    const std::string_view unit = accept("mW") ? "mW" : "";
    if (!expect("/") || !milliwatts(rail.average_watts) || !expect(unit)) return false;
    if (accept("/") && (!milliwatts(rail.maximum_watts.emplace()) || !expect(unit))) return false;
    line_.rails.push_back(std::move(rail));
    return end_of_token(name);
  }

  std::string_view text_;
  TegrastatsLine& line_;
  std::size_t position_ = 0;
  std::optional<TegrastatsFailure> failure_;
};

// A line of the file in the order of time: an index of `samples`, or none where it failed.
struct Slot {
  std::optional<std::size_t> sample;
};

// One stretch of slots without a gap.
struct Run {
  std::size_t begin = 0;
  std::size_t end = 0;
};

// The usual step between lines in whole-second stamps, from the whole file: robust against gaps.
double usual_interval(const std::vector<double>& stamps) {
  std::vector<double> steps;
  for (std::size_t i = 1; i < stamps.size(); ++i) {
    if (stamps[i] >= stamps[i - 1]) steps.push_back(stamps[i] - stamps[i - 1]);
  }
  return steps.empty() ? 0.0 : upper_median(std::move(steps));
}

std::vector<Run> split_runs(const std::vector<Slot>& slots,
                            const std::vector<TegrastatsSample>& samples) {
  std::vector<double> stamps;
  for (const TegrastatsSample& sample : samples) {
    if (sample.values.local_seconds) stamps.push_back(*sample.values.local_seconds);
  }
  const double longest = std::max(5.0, 5.0 * usual_interval(stamps));
  std::vector<Run> runs;
  std::optional<double> last;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < slots.size(); ++i) {
    if (!slots[i].sample) continue;
    const auto& stamp = samples[*slots[i].sample].values.local_seconds;
    if (!stamp) continue;
    if (last && (*stamp < *last || *stamp > *last + longest)) {
      runs.push_back({begin, i});
      begin = i;
    }
    last = stamp;
  }
  runs.push_back({begin, slots.size()});
  return runs;
}

}  // namespace

const TegrastatsEngine* TegrastatsLine::find_engine(std::string_view name) const {
  const auto at = std::find_if(engines.begin(), engines.end(),
                               [&](const TegrastatsEngine& e) { return e.name == name; });
  return at == engines.end() ? nullptr : &*at;
}

const TegrastatsRail* TegrastatsLine::find_rail(std::string_view name) const {
  const auto at = std::find_if(rails.begin(), rails.end(),
                               [&](const TegrastatsRail& r) { return r.name == name; });
  return at == rails.end() ? nullptr : &*at;
}

std::optional<TegrastatsFailure> parse_tegrastats_line(std::string_view text,
                                                       TegrastatsLine& line) {
  return LineParser(text, line).parse();
}

namespace {

// Fills samples and failures; returns the file's slots in order.
std::vector<Slot> read_slots(std::istream& stream, TegrastatsLog& log) {
  std::vector<Slot> slots;
  std::string text;
  std::size_t number = 0;
  while (std::getline(stream, text)) {
    ++number;
    const std::size_t first = text.find_first_not_of(" \t\r");
    if (first == std::string::npos || text[first] == '#') continue;
    TegrastatsSample sample;
    auto failure = parse_tegrastats_line(text, sample.values);
    if (failure) {
      failure->line = number;
      log.failures.push_back(std::move(*failure));
      slots.push_back({});
    } else {
      sample.line = number;
      slots.push_back({log.samples.size()});
      log.samples.push_back(std::move(sample));
    }
  }
  return slots;
}

// Places the slots of one run evenly between its first and last stamp. Lines that failed before the
// first or after the last stamped one lie outside: the step is between those two.
struct Spread {
  std::size_t first = 0;
  std::size_t last = 0;
  double first_stamp = 0.0;
  double step = 0.0;  // 0: a single stamp
};

std::optional<Spread> spread(const Run& run, const std::vector<Slot>& slots,
                             const std::vector<TegrastatsSample>& samples) {
  std::optional<Spread> result;
  double last_stamp = 0.0;
  for (std::size_t i = run.begin; i < run.end; ++i) {
    if (!slots[i].sample) continue;
    const auto& stamp = samples[*slots[i].sample].values.local_seconds;
    if (!stamp) continue;
    if (!result) result = Spread{i, i, *stamp, 0.0};
    result->last = i;
    last_stamp = *stamp;
  }
  if (result && result->last > result->first) {
    result->step =
        (last_stamp - result->first_stamp) / static_cast<double>(result->last - result->first);
  }
  return result;
}

void place_by_stamps(const std::vector<Slot>& slots, TegrastatsLog& log, const std::string& path) {
  double seconds = 0.0;
  std::size_t steps = 0;
  std::vector<std::pair<Run, Spread>> placed;
  for (const Run& run : split_runs(slots, log.samples)) {
    const auto run_spread = spread(run, slots, log.samples);
    if (!run_spread) continue;
    placed.emplace_back(run, *run_spread);
    if (run_spread->step > 0.0) {
      steps += run_spread->last - run_spread->first;
      seconds += run_spread->step * static_cast<double>(run_spread->last - run_spread->first);
    }
  }
  if (placed.empty() || steps == 0) {
    throw std::invalid_argument(path + ": fewer than two different stamps: no line has a length");
  }
  log.interval_seconds = seconds / static_cast<double>(steps);
  log.first_local_seconds = placed.front().second.first_stamp;
  double previous = -log.interval_seconds;
  for (const auto& [run, s] : placed) {
    const double step = s.step > 0.0 ? s.step : log.interval_seconds;
    TegrastatsSample* last = nullptr;
    for (std::size_t i = run.begin; i < run.end; ++i) {
      if (!slots[i].sample) continue;
      last = &log.samples[*slots[i].sample];
      const double offset = (static_cast<double>(i) - static_cast<double>(s.first)) * step;
      // A clock that was set back must not turn time round: such a run follows the one before.
      last->time_seconds =
          std::max(s.first_stamp - *log.first_local_seconds + offset, previous + step);
      previous = last->time_seconds;
    }
    if (last) last->last_of_run = true;
  }
}

}  // namespace

TegrastatsLog read_tegrastats_log(const std::string& path, std::optional<double> interval_seconds) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) throw std::system_error(errno, std::generic_category(), path + ": cannot open");
  TegrastatsLog log;
  const std::vector<Slot> slots = read_slots(stream, log);
  if (log.samples.empty()) {
    std::string why = log.failures.empty() ? "the file is empty" : log.failures.front().reason;
    throw std::invalid_argument(fmt::format("{}: not one tegrastats line ({})", path, why));
  }
  const bool stamped = std::any_of(
      log.samples.begin(), log.samples.end(),
      [](const TegrastatsSample& sample) { return sample.values.local_seconds.has_value(); });
  if (stamped) {
    place_by_stamps(slots, log, path);
    return log;
  }
  if (!interval_seconds) {
    throw std::invalid_argument(
        path +
        ": its lines carry no time: give the interval that tegrastats ran with (--interval)");
  }
  if (!(*interval_seconds > 0.0) || !std::isfinite(*interval_seconds)) {
    throw std::invalid_argument("interval: must be > 0");
  }
  log.interval_seconds = *interval_seconds;
  for (std::size_t i = 0; i < slots.size(); ++i) {
    if (slots[i].sample) {
      log.samples[*slots[i].sample].time_seconds = static_cast<double>(i) * *interval_seconds;
    }
  }
  log.samples.back().last_of_run = true;
  return log;
}

}  // namespace flyball
