// nvpmodel's mode while somebody governs: its status file is looked at once a second, and at once
// where the limits have changed. One thread; after the constructor nothing is allocated.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "env/board.h"

namespace flyball {

class ModeWatch {
 public:
  // `root`: as of root_text(), "" for /. The modes are nvpmodel's own where its configuration can
  // be read, else the board's.
  ModeWatch(const std::string& root, const Board& board);

  // Where a second has passed since the last look, or `hurry`, the file is read. True when the mode
  // is another one than before. A file that is missing or says nothing changes nothing.
  bool look(double now_seconds, bool hurry) noexcept;

  std::optional<int> mode() const { return mode_; }  // absent: nobody says
  const std::vector<PowerMode>& modes() const { return modes_; }
  // "2 (MODE_15W_6CORE)"; "-" where there is none.
  std::string text() const;

 private:
  std::string path_;
  std::vector<PowerMode> modes_;
  std::optional<int> mode_;
  std::optional<double> looked_seconds_;
};

}  // namespace flyball
