// What an exploration has seen (controllers/frontier_governor.h) as the text of a state file: its
// head, the key of what it was seen of, a line per setting, and "end".
#pragma once

#include <string>
#include <vector>

#include "controllers/frontier_governor.h"

namespace flyball {

// What has to be the same for one exploration to go on from another.
std::string explore_key(const std::string& board, const std::vector<std::string>& knobs,
                        const FrontierConfig& config);

std::string to_text(const std::vector<FrontierSeen>& seen, const std::string& key);
// Empty: of another key. Throws std::runtime_error saying what is wrong.
std::vector<FrontierSeen> frontier_seen(const std::string& text, const std::string& key);

}  // namespace flyball
