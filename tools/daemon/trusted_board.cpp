#include "tools/daemon/trusted_board.h"

#include <unistd.h>

#include <stdexcept>

#include "env/errors.h"
#include "policies/trusted_file.h"
#include "tools/config/board_config.h"
#include "tools/config/config_directory.h"
#include "tools/toml_limits.h"

namespace flyball {

namespace {

std::string read_trusted(const std::filesystem::path& path, FileTrust trust) {
  try {
    return read_file(path, kMaxTomlBytes, trust);
  } catch (const std::runtime_error& error) {
    throw DataError(error.what());
  }
}

}  // namespace

BoardConfig load_trusted_config(const std::string& id_or_path) {
  const bool is_root = geteuid() == 0;
  const std::filesystem::path path = find_config("boards", id_or_path);
  const std::string text = read_trusted(path, is_root ? FileTrust::kOwned : FileTrust::kAny);
  const TomlTable file = TomlTable::parse_text(text, path.string());
  if (is_root && file.text() != text) {
    throw DataError(path.string() +
                    ": extends another file, which need not be root's: write its keys out here");
  }
  return read_board(file);
}

Board load_trusted_board(const std::string& id_or_path) {
  return load_trusted_config(id_or_path).board;
}

}  // namespace flyball
