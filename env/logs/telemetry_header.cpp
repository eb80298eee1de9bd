#include "env/logs/telemetry_header.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <stdexcept>
#include <string_view>

namespace flyball {

namespace {

constexpr std::string_view kMagic = kTelemetryLogFirstLine.substr(2);

// Names become column names and words of a line: no spaces, commas, colons or control characters.
const std::string& checked_name(const char* what, const std::string& name) {
  const auto bad = [](char c) {
    return c == ',' || c == ':' || c == '"' || static_cast<unsigned char>(c) <= ' ';
  };
  if (name.empty() || std::any_of(name.begin(), name.end(), bad)) {
    throw std::invalid_argument(
        fmt::format("telemetry log: {} '{}': a name must not be empty nor hold spaces, commas, "
                    "colons or quotes",
                    what, name));
  }
  return name;
}

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\') {
      out += "\\\\";
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\r') {
      out += "\\r";
    } else {
      out += c;
    }
  }
  return out;
}

std::string unescaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) {
      ++i;
      out += text[i] == 'n' ? '\n' : text[i] == 'r' ? '\r' : text[i];
    } else {
      out += text[i];
    }
  }
  return out;
}

std::string format_domain(const Domain& domain) {
  std::string cpus;
  if (!domain.cpus.empty()) cpus = fmt::format(" cpus={}", fmt::join(domain.cpus, ","));
  return fmt::format("# domain {} kind={} actuation_seconds={}{} frequencies_hz={}\n",
                     checked_name("domain", domain.name), to_string(domain.kind),
                     domain.actuation_seconds, cpus, fmt::join(domain.frequencies_hz, ","));
}

std::string format_knob(const Knob& knob, const LevelRange& limits) {
  std::string domains;
  if (!knob.domains.empty()) domains = fmt::format(" domains={}", fmt::join(knob.domains, ","));
  return fmt::format("# knob {}{} floor={} ceiling={} levels={}\n", checked_name("knob", knob.name),
                     domains, limits.floor, limits.ceiling, fmt::join(knob.levels, ","));
}

std::string format_mode(const ModeLimits& mode, const std::vector<Knob>& knobs) {
  std::string text = fmt::format("# mode {}", mode.id);
  for (std::size_t k = 0; k < knobs.size(); ++k) {
    const LevelRange& limit = mode.limits.at(k);
    text += fmt::format(" {}={},{}", knobs[k].name, limit.floor, limit.ceiling);
  }
  return text + '\n';
}

// Parsing failures inside one entry; the parser adds file and line.
struct EntryError {
  std::string message;
};

template <typename T>
T number(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) {
    throw EntryError{fmt::format("'{}': expected a number", text)};
  }
  if constexpr (std::is_floating_point_v<T>) {
    if (!std::isfinite(value))
      throw EntryError{fmt::format("'{}': expected a finite number", text)};
  }
  return value;
}

template <typename T>
std::vector<T> numbers(std::string_view text) {
  std::vector<T> values;
  while (true) {
    const std::size_t comma = text.find(',');
    values.push_back(number<T>(text.substr(0, comma)));
    if (comma == std::string_view::npos) return values;
    text.remove_prefix(comma + 1);
  }
}

bool yes_or_no(std::string_view text) {
  if (text != "yes" && text != "no") {
    throw EntryError{fmt::format("'{}': expected yes or no", text)};
  }
  return text == "yes";
}

std::string_view next_word(std::string_view& text) {
  const std::size_t space = text.find(' ');
  const std::string_view word = text.substr(0, space);
  text = space == std::string_view::npos ? std::string_view{} : text.substr(space + 1);
  return word;
}

// Calls `set(key, value)` for each "key=value" of a line.
template <typename Set>
void each_pair(std::string_view text, Set set) {
  while (!text.empty()) {
    const std::string_view word = next_word(text);
    const std::size_t equals = word.find('=');
    if (equals == std::string_view::npos || !set(word.substr(0, equals), word.substr(equals + 1))) {
      throw EntryError{fmt::format("'{}': not an entry of this line", word)};
    }
  }
}

DomainKind parse_kind(std::string_view text) {
  for (const DomainKind kind : {DomainKind::kCpu, DomainKind::kGpu, DomainKind::kEmc}) {
    if (text == to_string(kind)) return kind;
  }
  throw EntryError{fmt::format("'{}': expected cpu, gpu or emc", text)};
}

Domain parse_domain(std::string_view text) {
  Domain domain;
  domain.name = next_word(text);
  each_pair(text, [&](std::string_view key, std::string_view value) {
    if (key == "kind") {
      domain.kind = parse_kind(value);
    } else if (key == "actuation_seconds") {
      domain.actuation_seconds = number<double>(value);
    } else if (key == "cpus") {
      domain.cpus = numbers<int>(value);
    } else if (key == "frequencies_hz") {
      domain.frequencies_hz = numbers<double>(value);
    } else {
      return false;
    }
    return true;
  });
  return domain;
}

Knob parse_knob(std::string_view text, LevelRange& limits) {
  Knob knob;
  knob.name = next_word(text);
  each_pair(text, [&](std::string_view key, std::string_view value) {
    if (key == "domains") {
      knob.domains = numbers<std::size_t>(value);
    } else if (key == "floor") {
      limits.floor = number<Level>(value);
    } else if (key == "ceiling") {
      limits.ceiling = number<Level>(value);
    } else if (key == "levels") {
      knob.levels = numbers<double>(value);
    } else {
      return false;
    }
    return true;
  });
  return knob;
}

constexpr const char* kEachOnce = "expected limits of every knob, each once";

ModeLimits parse_mode(std::string_view text, const PlantDescription& plant) {
  ModeLimits mode;
  mode.id = number<std::uint16_t>(next_word(text));
  mode.limits = plant.limits;
  std::vector<bool> is_named(plant.knobs.size());
  each_pair(text, [&](std::string_view key, std::string_view value) {
    const auto knob = std::find_if(plant.knobs.begin(), plant.knobs.end(),
                                   [&](const Knob& k) { return k.name == key; });
    if (knob == plant.knobs.end()) return false;
    const std::vector<Level> ends = numbers<Level>(value);
    if (ends.size() != 2 || ends[0] > ends[1] || ends[1] >= knob->levels.size()) {
      throw EntryError{
          fmt::format("'{}': expected a floor and a ceiling, levels of {}", value, key)};
    }
    const auto k = static_cast<std::size_t>(knob - plant.knobs.begin());
    if (is_named[k]) throw EntryError{kEachOnce};
    is_named[k] = true;
    mode.limits[k] = {ends[0], ends[1]};
    return true;
  });
  if (std::find(is_named.begin(), is_named.end(), false) != is_named.end()) {
    throw EntryError{kEachOnce};
  }
  return mode;
}

}  // namespace

std::string format_telemetry_header(const TelemetryLogHeader& header,
                                    const TelemetryLogOptions& options) {
  const PlantDescription& plant = header.plant;
  validate(plant);
  if (plant.cpus > 99) throw std::invalid_argument("telemetry log: more than 99 CPUs");
  std::string text = fmt::format("# {}\n", kMagic);
  text += fmt::format("# version {}\n", escaped(header.version));
  text += "# end_mark yes\n";
  text += fmt::format("# board {}\n", checked_name("board", plant.board));
  text += fmt::format("# governor {}\n", escaped(header.governor));
  text += fmt::format("# scenario {}\n", escaped(header.scenario));
  text += fmt::format("# cpus {}\n", plant.cpus);
  text += fmt::format("# application {}\n", plant.has_application ? "yes" : "no");
  text += fmt::format("# effect_snapshot {}\n", options.with_effect_snapshot ? "yes" : "no");
  for (const Domain& domain : plant.domains) text += format_domain(domain);
  for (std::size_t k = 0; k < plant.knobs.size(); ++k) {
    text += format_knob(plant.knobs[k], plant.limits.at(k));
  }
  for (const std::string& rail : plant.rails) text += "# rail " + checked_name("rail", rail) + '\n';
  for (const std::string& zone : plant.zones) text += "# zone " + checked_name("zone", zone) + '\n';
  for (const std::string& knob : header.leased_knobs) {
    find_knob(plant.knobs, knob);
    text += fmt::format("# leased {}\n", knob);
  }
  for (const ModeLimits& mode : header.modes) text += format_mode(mode, plant.knobs);
  const auto optional_line = [&text](const char* key, const std::optional<double>& value) {
    if (value) text += fmt::format("# {} {}\n", key, *value);
  };
  optional_line("sensor_lag_seconds", header.sensor_lag_seconds);
  optional_line("energy_reference_joules", header.energy_reference_joules);
  optional_line("latency_reference_seconds", header.latency_reference_seconds);
  return text;
}

void TelemetryHeaderParser::fail(std::size_t number, std::size_t column,
                                 const std::string& message) const {
  throw LogError(path_, number, column, message);
}

void TelemetryHeaderParser::line(const std::string& text, std::size_t number) {
  if (text.size() < 2 || text[0] != '#' || text[1] != ' ') {
    fail(number, 1,
         has_magic_ ? "expected '# ' and a header entry"
                    : fmt::format("not a telemetry log: expected '# {}'", kMagic));
  }
  if (!has_magic_) {
    if (text.compare(2, std::string::npos, kMagic) != 0) {
      fail(number, 3, fmt::format("not a telemetry log of this version: expected '{}'", kMagic));
    }
    has_magic_ = true;
    return;
  }
  const std::size_t space = std::min(text.find(' ', 2), text.size());
  const std::string key = text.substr(2, space - 2);
  const std::string value = space < text.size() ? text.substr(space + 1) : std::string();
  try {
    entry(key, value, number);
  } catch (const EntryError& error) {
    fail(number, space + 2, fmt::format("{}: {}", key, error.message));
  }
}

void TelemetryHeaderParser::entry(const std::string& key, const std::string& value,
                                  std::size_t number_of_line) {
  TelemetryLogHeader& header = parsed_.header;
  PlantDescription& plant = header.plant;
  if (key == "version") {
    header.version = unescaped(value);
  } else if (key == "end_mark") {
    parsed_.has_end_mark = yes_or_no(value);
  } else if (key == "board") {
    plant.board = value;
    has_board_ = true;
  } else if (key == "governor") {
    header.governor = unescaped(value);
  } else if (key == "scenario") {
    header.scenario = unescaped(value);
  } else if (key == "cpus") {
    plant.cpus = number<int>(value);
    if (plant.cpus < 0 || plant.cpus > 99) throw EntryError{"expected a number from 0 to 99"};
  } else if (key == "application") {
    plant.has_application = yes_or_no(value);
  } else if (key == "effect_snapshot") {
    parsed_.options.with_effect_snapshot = yes_or_no(value);
  } else if (key == "domain") {
    plant.domains.push_back(parse_domain(value));
  } else if (key == "knob") {
    plant.limits.emplace_back();
    plant.knobs.push_back(parse_knob(value, plant.limits.back()));
  } else if (key == "rail") {
    plant.rails.push_back(value);
  } else if (key == "zone") {
    plant.zones.push_back(value);
  } else if (key == "leased") {
    header.leased_knobs.push_back(value);
  } else if (key == "mode") {
    header.modes.push_back(parse_mode(value, plant));
  } else if (key == "sensor_lag_seconds") {
    header.sensor_lag_seconds = number<double>(value);
  } else if (key == "energy_reference_joules") {
    header.energy_reference_joules = number<double>(value);
  } else if (key == "latency_reference_seconds") {
    header.latency_reference_seconds = number<double>(value);
  } else {
    fail(number_of_line, 3, fmt::format("'{}': no entry of a telemetry log's header", key));
  }
}

ParsedTelemetryHeader TelemetryHeaderParser::finish(std::size_t number) const {
  if (!has_magic_) {
    fail(number, 1, fmt::format("not a telemetry log: expected '# {}'", kMagic));
  }
  if (!has_board_) fail(number, 1, "the header has no 'board' entry");
  try {
    validate(parsed_.header.plant);
    for (const std::string& knob : parsed_.header.leased_knobs) {
      find_knob(parsed_.header.plant.knobs, knob);
    }
    for (const ModeLimits& mode : parsed_.header.modes) {
      if (mode.limits.size() == parsed_.header.plant.knobs.size()) continue;
      throw std::invalid_argument(fmt::format("mode {} stands above a knob", mode.id));
    }
    if (parsed_.header.leased_knobs.size() > kMaxKnobs) {
      throw std::invalid_argument(fmt::format("more than {} leased knobs", kMaxKnobs));
    }
  } catch (const std::invalid_argument& error) {
    fail(number, 1, fmt::format("the header above does not describe a plant: {}", error.what()));
  }
  return parsed_;
}

}  // namespace flyball
