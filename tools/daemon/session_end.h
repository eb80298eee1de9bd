// How a session on a board ended, for people, programs and the exit code.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "tools/daemon/board_session.h"

namespace flyball {

// The first of these that holds: "errors", "the guard process's end", "application finished", the
// name of a signal ("SIGTERM"), "duration" where one was asked for, "nothing". `signalled`: the
// signal; 0: none.
std::string ending(const SessionReport& report, const SessionOptions& options, int signalled);

int exit_code_of(const SessionReport& report, const SessionOptions& options, int signalled);

// What an operator has to know of it, on stderr, each line after "`who`: ".
void remark_on_end(const SessionReport& report, const char* who);

// "governed nano-4gb for 60.0 s (cpu, gpu), ended by duration"; `done`: "governed".
std::string headline(const SessionReport& report, const char* done, const std::string& ended_by);
// The loop's times and errors, and how giving back went.
std::string to_text(const SessionReport& report);
// The same as keys of `json`.
void add_to_json(const SessionReport& report, nlohmann::ordered_json& json);

}  // namespace flyball
