// Which module a board's description is for, as the device tree names it. Values.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace flyball {

struct BoardIdentity {
  // "p3767-0004": part and SKU of the modules that it describes. Boards with the same tables are
  // told apart by them.
  std::vector<std::string> modules;
  // Parts of the description that no public source confirms: "cpu", "gpu", "emc" (their tables, so
  // the board's own are not compared with them), "power", "thermal", "nvpmodel".
  std::vector<std::string> unconfirmed;
};

// Every "pNNNN-NNNN" of /proc/device-tree/compatible, a list of strings with a zero after each.
// Carriers are among them.
std::vector<std::string> modules_in(std::string_view compatible);

// Those of the board under `root` (as of root_text()); empty where no device tree says.
std::vector<std::string> modules_under(const std::string& root);

}  // namespace flyball
