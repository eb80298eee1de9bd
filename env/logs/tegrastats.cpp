#include "env/logs/tegrastats.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <fstream>
#include <stdexcept>
#include <system_error>

#include "env/excerpt.h"

namespace flyball {

namespace {

constexpr double kSensorOffCelsius = -256.0;
constexpr double kMostNumber = 1e12;  // nothing that a board shows is larger

// Engines that may show a bare number. Anything else with one is a rail that was cut off.
bool is_engine(std::string_view name) {
  constexpr std::array<std::string_view, 4> kNames = {"APE", "VIC", "OFA", "MSENC"};
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end() || name.ends_with("_FREQ") ||
         name.starts_with("NV") || name.starts_with("PVA");
}

// JetPack 3 prints EMC and GR3D where later ones print EMC_FREQ and GR3D_FREQ.
std::string_view engine_named(std::string_view name) {
  return name == "EMC" ? "EMC_FREQ" : name == "GR3D" ? "GR3D_FREQ" : name;
}

// Walks over one line. Everything returns false, leaving `failure`, where the text is not as
// expected.
class LineParser {
 public:
  LineParser(std::string_view text, TegrastatsLine& line) : text_(text), line_(line) {}

  std::optional<TegrastatsFailure> parse() {
    line_ = TegrastatsLine{};
    if (!is_text(text_)) {
      fail("this line is not text");
      return failure_;
    }
    skip_stamps();
    while (skip_spaces(), position_ < text_.size() && !failure_) token();
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

  bool number(double& value, std::string_view what) {
    const char* begin = text_.data() + position_;
    const char* end = text_.data() + text_.size();
    const bool numeric = is_digit() || peek() == '-';
    const auto result = std::from_chars(begin, end, value);
    if (!numeric || result.ec != std::errc{} || !(std::abs(value) <= kMostNumber)) {
      return fail(fmt::format("expected {}", what));
    }
    position_ += static_cast<std::size_t>(result.ptr - begin);
    return true;
  }
  // With a comma for the point, as a spreadsheet of some countries writes it. Not in lists, whose
  // entries a comma parts.
  bool comma_number(double& value, std::string_view what) {
    const bool is_negative = peek() == '-';
    if (!number(value, what)) return false;
    const std::size_t digits = text_.find_first_not_of("0123456789", position_ + 1);
    const std::size_t end = std::min(digits, text_.size());
    if (peek() != ',' || end == position_ + 1) return true;
    double fraction = 0.0;
    std::from_chars(text_.data() + position_ + 1, text_.data() + end, fraction);
    fraction /= std::pow(10.0, static_cast<double>(end - position_ - 1));
    value += is_negative ? -fraction : fraction;
    position_ = end;
    return true;
  }
  bool amount(double& value, double unit, std::string_view what) {
    double shown = 0.0;
    if (!number(shown, what)) return false;
    value = shown * unit;
    return true;
  }
  bool percent(double& load) {
    const std::size_t begin = position_;
    double shown = 0.0;
    if (!number(shown, "a percentage") || !expect("%")) return false;
    if (shown < 0.0 || shown > 100.0) return fail_at(begin, "expected a percentage from 0 to 100");
    load = shown / 100.0;
    return true;
  }
  bool megahertz(double& hertz) {
    const std::size_t begin = position_;
    double shown = 0.0;
    if (!number(shown, "a frequency in MHz")) return false;
    if (shown < 0.0) return fail_at(begin, "expected a frequency >= 0");
    accept("MHz");
    hertz = shown * 1e6;
    return true;
  }

  // Whatever stands before the first token: times that somebody put there (ts, journald, a logger,
  // a shell loop with date), names, brackets.
  void skip_stamps() {
    constexpr std::size_t kLongestPrefix = 200;
    skip_spaces();
    std::string_view rest = text_.substr(position_);
    const std::string_view front = rest.substr(0, kLongestPrefix);
    std::size_t begin = front.find("RAM ");
    if (begin == std::string_view::npos) begin = front.find("CPU [");
    if (begin == std::string_view::npos) {
      line_.stamp = take_time_stamp(rest);
    } else {
      line_.stamp = find_time_stamp(rest.substr(0, begin));
      if (line_.stamp) rest.remove_prefix(begin);
    }
    position_ = text_.size() - rest.size();
  }

  // One token. What it says is taken, or its name is noted and it is left behind.
  void token() {
    const std::size_t begin = position_;
    while (!at_end_of_token() && peek() != '@' && peek() != '[') ++position_;
    const std::string_view name = text_.substr(begin, position_ - begin);
    const bool is_name =
        !name.empty() && ((name[0] >= 'A' && name[0] <= 'Z') || (name[0] >= 'a' && name[0] <= 'z'));
    const std::size_t end = position_;
    skip_spaces();
    const bool is_cpus = (name == "CPU" || name == "cpu") && peek() == '[';
    if (is_cpus || name == "RAM") {
      const bool is_second = is_cpus ? !line_.cpus.empty() : line_.ram.has_value();
      if (is_second) {
        fail_at(begin, "two lines ran together");
        return;
      }
    }
    if (is_cpus) {
      cpus();
      return;
    }
    position_ = end;
    if (is_name && value(name)) return;
    failure_.reset();
    line_.unknown.push_back(excerpt(is_name ? name : word_at(begin), 20));
    position_ = end;
    while (!at_end_of_token()) ++position_;
    skip_values();
  }

  std::string_view word_at(std::size_t begin) const {
    return text_.substr(begin, text_.find_first_of(" \t\r", begin) - begin);
  }
  // Words that do not begin like a name belong to the token before.
  void skip_values() {
    while (skip_spaces(), position_ < text_.size()) {
      const char c = peek();
      if ((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')) return;
      while (!at_end_of_token()) ++position_;
    }
  }

  bool value(std::string_view name) {
    if (accept("@")) return temperature(name);
    skip_spaces();
    if (name == "RAM") return memory(name, "MB", 1048576.0, line_.ram);
    if (name == "SWAP") return memory(name, "MB", 1048576.0, line_.swap);
    if (name == "IRAM") return memory(name, "kB", 1024.0, line_.iram);
    if (name == "MTS") return mts();
    return engine_or_rail(name);
  }

  bool memory(std::string_view name, std::string_view unit, double bytes,
              std::optional<TegrastatsMemory>& memory) {
    TegrastatsMemory shown;
    if (!amount(shown.used_bytes, bytes, "an amount in use") || !expect("/") ||
        !amount(shown.total_bytes, bytes, "a total") || !expect(unit)) {
      return false;
    }
    memory = shown;
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
      if (!accept("off") && !accept("OFF") && !accept("na")) {
        cpu.online = true;
        if (!percent(cpu.load.emplace())) return false;
        if (accept("@") && !megahertz(cpu.frequency_hz)) return false;
      }
      line_.cpus.push_back(cpu);
    } while (accept(",") && (skip_spaces(), true));
    if (!expect("]")) return false;
    double shared_hz = 0.0;  // one clock for all: "CPU [1%,off]@2201"
    if (accept("@")) {
      if (!megahertz(shared_hz)) return false;
      for (TegrastatsCpu& cpu : line_.cpus) {
        if (cpu.online && cpu.frequency_hz == 0.0) cpu.frequency_hz = shared_hz;
      }
    }
    return end_of_token("CPU");
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
    if (!comma_number(celsius, fmt::format("{}: a temperature", name)) || !expect("C")) {
      return false;
    }
    if (accept("/")) {
      double average = 0.0;
      if (!comma_number(average, "an average temperature") || !expect("C")) return false;
    }
    if (!end_of_token(name)) return false;
    TegrastatsTemperature& zone = line_.temperatures.emplace_back();
    zone.name = name;
    if (celsius != kSensorOffCelsius) zone.celsius = celsius;
    return true;
  }

  bool engine_or_rail(std::string_view name) {
    TegrastatsEngine engine;
    engine.name = engine_named(name);
    if (accept("off") || accept("OFF")) {
      engine.off = true;
    } else if (accept("@")) {
      if (!frequencies(engine)) return false;
    } else {
      const std::size_t begin = position_;
      double shown = 0.0;
      if (!comma_number(shown, fmt::format("{}: a value", name))) return false;
      if (peek() == '/' || peek() == 'm' || peek() == 'W') return rail(name, shown);
      position_ = begin;
      if (!load_or_frequency(engine)) return false;
    }
    if (!end_of_token(name)) return false;
    line_.engines.push_back(std::move(engine));
    return true;
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

  // After the first number: "/1628", "mW/4915mW", "mW/9761mW/9761mW", "W/4.915W".
  bool rail(std::string_view name, double now) {
    TegrastatsRail rail;
    rail.name = name;
    const std::string_view unit = accept("mW") ? "mW" : accept("W") ? "W" : "";
    const double per_watt = unit == "W" ? 1.0 : 1000.0;
    const auto watts = [&](double& value) {
      double shown = 0.0;
      if (!comma_number(shown, "a power") || !expect(unit)) return false;
      value = shown / per_watt;
      return true;
    };
    rail.now_watts = now / per_watt;
    if (!expect("/") || !watts(rail.average_watts)) return false;
    if (accept("/") && !watts(rail.maximum_watts.emplace())) return false;
    if (!end_of_token(name)) return false;
    line_.rails.push_back(std::move(rail));
    return true;
  }

  std::string_view text_;
  TegrastatsLine& line_;
  std::size_t position_ = 0;
  std::optional<TegrastatsFailure> failure_;
};

// Without what colours text on a terminal, "\x1b[32m", "\x1b[K", and with spaces for tabs.
std::string plain_text(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!text.substr(i).starts_with("\x1b[")) {
      plain += text[i] == '\t' ? ' ' : text[i];
      continue;
    }
    i += 2;
    while (i < text.size() && (text[i] < '@' || text[i] > '~')) ++i;
  }
  return plain;
}

// Capital letters or not.
bool is_same(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    const auto small = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    return small(x) == small(y);
  });
}

}  // namespace

const TegrastatsEngine* TegrastatsLine::find_engine(std::string_view name) const {
  const auto at = std::find_if(engines.begin(), engines.end(),
                               [&](const TegrastatsEngine& e) { return e.name == name; });
  return at == engines.end() ? nullptr : &*at;
}

const TegrastatsRail* TegrastatsLine::find_rail(std::string_view name) const {
  const auto at = std::find_if(rails.begin(), rails.end(),
                               [&](const TegrastatsRail& r) { return is_same(r.name, name); });
  return at == rails.end() ? nullptr : &*at;
}

std::optional<TegrastatsFailure> parse_tegrastats_line(std::string_view text,
                                                       TegrastatsLine& line) {
  if (text.find_first_of("\x1b\t") == std::string_view::npos) {
    return LineParser(text, line).parse();
  }
  const std::string plain = plain_text(text);
  return LineParser(plain, line).parse();
}

}  // namespace flyball
