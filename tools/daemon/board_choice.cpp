#include "tools/daemon/board_choice.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <stdexcept>
#include <utility>

#include "env/jetson/board_discovery.h"
#include "env/jetson/directory_scan.h"
#include "tools/config/config_directory.h"
#include "tools/daemon/trusted_board.h"
#include "tools/exit_codes.h"

namespace flyball {

std::vector<ProbedBoard> probe_all(const std::filesystem::path& root) {
  if (!has_cpu_policies(root_text(root))) {
    throw CommandError(kExitRefused, root.string() +
                                         ": no board's files: no cpufreq policy is under "
                                         "sys/devices/system/cpu; --root says where they are");
  }
  std::vector<ProbedBoard> found;
  for (const std::string& id : list_configs("boards")) {
    BoardConfig config = load_trusted_config(id);
    try {
      BoardProbe probe = probe_board(root_text(root), config.board, config.identity);
      found.push_back({std::move(config.board), std::move(probe)});
    } catch (const std::runtime_error& error) {
      throw CommandError(kExitRefused, error.what());
    }
  }
  std::ranges::stable_sort(found, {}, [](const ProbedBoard& b) {
    return std::pair(b.probe.misfits(), !b.probe.is_its_module);
  });
  return found;
}

Board choose_board(const std::filesystem::path& root, const std::string& named) {
  if (!named.empty()) return load_trusted_board(named);
  std::vector<ProbedBoard> found = probe_all(root);
  // Where one of those that fit is for this very module, those that are for others are not meant.
  const bool is_known = found.front().probe.is_its_module;
  std::vector<std::string> fitting;
  for (const ProbedBoard& each : found) {
    if (each.probe.misfits() > 0 || each.probe.is_its_module != is_known) continue;
    fitting.push_back(each.board.id);
  }
  if (fitting.size() == 1) return std::move(found.front().board);
  if (fitting.empty()) {
    throw CommandError(
        kExitRefused, fmt::format("{}: no described board has these tables; `flyballd probe` shows "
                                  "what differs, --board names one",
                                  root.string()));
  }
  throw CommandError(kExitRefused,
                     fmt::format("{}: these tables are those of {}; say which by --board",
                                 root.string(), fmt::join(fitting, ", ")));
}

}  // namespace flyball
