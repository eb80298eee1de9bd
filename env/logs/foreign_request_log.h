// Files that people hold for request logs and that hold no single requests with their times. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace flyball {

// What the file is, why it cannot serve and what to record instead; absent: it may be a request
// log.
std::optional<std::string> foreign_request_log(std::string_view text);

}  // namespace flyball
