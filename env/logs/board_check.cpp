#include "env/logs/board_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

namespace flyball {

namespace {

constexpr double kTolerance = 0.01;      // of a clock from the table's entry
constexpr double kOddShare = 0.05;       // lines above the table: fewer are measuring errors
constexpr double kSwitchingShare = 0.9;  // lines between the entries: fewer were switching

constexpr std::array<DomainKind, 3> kKinds = {DomainKind::kCpu, DomainKind::kGpu, DomainKind::kEmc};
std::size_t index(DomainKind kind) { return static_cast<std::size_t>(kind); }

// The clocks of one kind that a line shows, off ones left out.
std::vector<double> shown_clocks(const TegrastatsLine& line, DomainKind kind) {
  std::vector<double> clocks;
  if (kind == DomainKind::kCpu) {
    for (const TegrastatsCpu& cpu : line.cpus)
      clocks.push_back(cpu.online ? cpu.frequency_hz : 0.0);
  } else if (const auto* engine =
                 line.find_engine(kind == DomainKind::kGpu ? "GR3D_FREQ" : "EMC_FREQ")) {
    clocks = engine->frequencies_hz;
  }
  std::erase(clocks, 0.0);
  return clocks;
}

// How the lines of a log lie to a table of clocks.
struct Fit {
  std::size_t lines = 0;  // that show such a clock
  std::size_t above = 0;
  std::size_t between = 0;
  std::size_t line_above = 0;  // the first of them, and its clock
  double hertz_above = 0.0;
  std::size_t line_between = 0;
  double hertz_between = 0.0;
};

bool is_entry(const std::vector<double>& table, double hertz) {
  // tegrastats cuts to whole MHz.
  return std::any_of(table.begin(), table.end(), [&](double entry) {
    return std::abs(entry - hertz) <= std::max(kTolerance * entry, 1e6);
  });
}

Fit fit_of(const TegrastatsLog& log, DomainKind kind, const std::vector<double>& table) {
  Fit fit;
  for (const TegrastatsSample& sample : log.samples) {
    const std::vector<double> clocks = shown_clocks(sample.values, kind);
    if (clocks.empty()) continue;
    ++fit.lines;
    const double fastest = *std::max_element(clocks.begin(), clocks.end());
    if (fastest > table.back() * (1.0 + kTolerance)) {
      if (fit.above++ > 0) continue;
      fit.line_above = sample.line;
      fit.hertz_above = fastest;
    } else if (std::none_of(clocks.begin(), clocks.end(),
                            [&](double hertz) { return is_entry(table, hertz); })) {
      if (fit.between++ > 0) continue;
      fit.line_between = sample.line;
      fit.hertz_between = fastest;
    }
  }
  return fit;
}

bool is_many(std::size_t count, std::size_t of, double share) {
  return count > 0 && static_cast<double>(count) > share * static_cast<double>(of);
}

void check_clocks(const TegrastatsLog& log, const Board& board, BoardMismatches& found) {
  for (const DomainKind kind : kKinds) {
    const auto domain = std::find_if(board.domains.begin(), board.domains.end(),
                                     [&](const Domain& d) { return d.kind == kind; });
    if (domain == board.domains.end()) continue;
    const std::vector<double>& table = domain->frequencies_hz;
    const Fit fit = fit_of(log, kind, table);
    if (is_many(fit.above, fit.lines, kOddShare)) {
      found.impossible.push_back(fmt::format(
          "line {} shows {:g} MHz of {}, {} has at most {:g} ({} of {} lines are above)",
          fit.line_above, fit.hertz_above / 1e6, to_string(kind), board.id, table.back() / 1e6,
          fit.above, fit.lines));
    } else if (kind != DomainKind::kEmc && is_many(fit.between, fit.lines, kSwitchingShare)) {
      found.odd.push_back(fmt::format(
          "line {} shows {:g} MHz of {}, the table of {} has {:g} ({} of {} lines show none of its "
          "entries)",
          fit.line_between, fit.hertz_between / 1e6, to_string(kind), board.id,
          table[level_nearest(table, fit.hertz_between)] / 1e6, fit.between, fit.lines));
    }
  }
}

void check_cpus(const TegrastatsLog& log, const Board& board, BoardMismatches& found) {
  for (const TegrastatsSample& sample : log.samples) {
    const std::size_t cpus = sample.values.cpus.size();
    if (cpus == 0 || cpus == static_cast<std::size_t>(board.cpus)) continue;
    found.impossible.push_back(fmt::format("line {} shows {} CPUs, {} has {}", sample.line,
                                           sample.values.cpus.size(), board.id, board.cpus));
    return;
  }
}

void check_rails(const TegrastatsLog& log, const Board& board, BoardMismatches& found) {
  const TegrastatsRail* foreign = nullptr;
  std::size_t line = 0;
  for (const TegrastatsSample& sample : log.samples) {
    for (const std::string& rail : board.rails) {
      if (sample.values.find_rail(rail) != nullptr) return;
    }
    if (foreign == nullptr && !sample.values.rails.empty()) {
      foreign = &sample.values.rails.front();
      line = sample.line;
    }
  }
  if (foreign == nullptr) return;
  found.impossible.push_back(fmt::format("line {} shows rail {}, {} has {}", line, foreign->name,
                                         board.id, fmt::join(board.rails, ", ")));
}

// The fastest clock that a mode allows to a kind of domain.
double ceiling_hz(const Board& board, const PowerMode& mode, DomainKind kind) {
  double ceiling = 0.0;
  for (const Domain& domain : board.domains) {
    if (domain.kind != kind) continue;
    const LevelRange limits = domain_limits(domain, mode, std::nullopt);
    ceiling = std::max(ceiling, domain.frequencies_hz[limits.ceiling]);
  }
  return ceiling;
}

}  // namespace

BoardMismatches board_mismatches(const TegrastatsLog& log, const Board& board) {
  BoardMismatches found;
  check_cpus(log, board, found);
  check_rails(log, board, found);
  check_clocks(log, board, found);
  return found;
}

std::optional<std::string> mode_mismatch(const TegrastatsLog& log, const Board& board,
                                         const PowerMode& mode) {
  std::size_t rows = 0;
  std::size_t most_cpus = 0;
  std::array<double, 3> ceilings{};  // by DomainKind, as the next
  std::array<double, 3> fastest{};
  for (const DomainKind kind : kKinds) ceilings[index(kind)] = ceiling_hz(board, mode, kind);
  for (const TegrastatsSample& sample : log.samples) {
    const std::vector<TegrastatsCpu>& cpus = sample.values.cpus;
    const auto online = static_cast<std::size_t>(
        std::count_if(cpus.begin(), cpus.end(), [](const TegrastatsCpu& c) { return c.online; }));
    bool is_forbidden = online > static_cast<std::size_t>(mode.cpus_online);
    if (is_forbidden) most_cpus = std::max(most_cpus, online);
    for (const DomainKind kind : kKinds) {
      for (const double hertz : shown_clocks(sample.values, kind)) {
        if (hertz <= ceilings[index(kind)] * (1.0 + kTolerance)) continue;
        is_forbidden = true;
        double& most = fastest[index(kind)];
        most = std::max(most, hertz);
      }
    }
    rows += is_forbidden ? 1 : 0;
  }
  if (!is_many(rows, log.samples.size(), kOddShare)) return std::nullopt;
  std::vector<std::string> shown;
  std::vector<std::string> allowed;
  if (most_cpus > 0) {
    shown.push_back(fmt::format("{} CPUs", most_cpus));
    allowed.push_back(fmt::format("{}", mode.cpus_online));
  }
  for (const DomainKind kind : kKinds) {
    const double most = fastest[index(kind)];
    if (most == 0.0) continue;
    shown.push_back(fmt::format("{:g} MHz of {}", most / 1e6, to_string(kind)));
    allowed.push_back(fmt::format("{:g}", ceilings[index(kind)] / 1e6));
  }
  return fmt::format("{} of {} rows show {}, mode {} ({}) allows {}: another mode?", rows,
                     log.samples.size(), fmt::join(shown, " and "), mode.id, mode.name,
                     fmt::join(allowed, " and "));
}

std::vector<std::string> fitting_boards(const TegrastatsLog& log, std::span<const Board> boards) {
  std::vector<std::string> fitting;
  for (const Board& board : boards) {
    if (board_mismatches(log, board).empty()) fitting.push_back(board.id);
  }
  return fitting;
}

}  // namespace flyball
