#include "tools/config/train_config.h"

#include "tools/config/config_directory.h"
#include "tools/config/read_fields.h"

namespace flyball {

TrainConfig load_train_config(const std::string& id_or_path,
                              const std::vector<std::string>& assignments) {
  TrainConfig config;
  config.file = find_config("train", id_or_path);
  config.id = config.file.stem().string();
  const TomlTable file = TomlTable::parse_file(config.file, assignments);
  config.text = file.text();
  read_fields(file, config);
  file.reject_unknown();
  const std::vector<TomlTable> simulations = file.tables("simulate");
  for (std::size_t i = 0; i < simulations.size(); ++i) {
    simulations[i].checked([&] { validate(config.simulations[i].log); });
  }
  file.checked([&] {
    validate(config.spans);
    validate(config.trainer);
  });
  return config;
}

}  // namespace flyball
