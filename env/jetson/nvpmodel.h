// The power mode that nvpmodel says is in force, which it writes to a file at every change
// ("pmode:0002 fmode:quiet"). Pure.
#pragma once

#include <optional>
#include <string_view>

namespace flyball {

inline constexpr const char* kNvpmodelStatus = "/var/lib/nvpmodel/status";

// The id after "pmode:"; absent for other text.
std::optional<int> parse_nvpmodel_status(std::string_view text);

}  // namespace flyball
