#include <flyball/controllers/kernel_governors.h>
#include <flyball/env/plant.h>

int main() {
  flyball::PlantDescription plant;
  plant.domains = {{"gpu", flyball::DomainKind::kGpu, {3e8, 6e8}, 0.0, {}}};
  plant.knobs = {{"gpu", {3e8, 6e8}, {0}}};
  plant.limits = {{0, 1}};
  flyball::validate(plant);
  return flyball::make_kernel_governor("performance", plant.domains[0])->name().empty() ? 1 : 0;
}
