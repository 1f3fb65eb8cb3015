const fine =
  'apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus butterfly camel can castle caterpillar cattle chair chimpanzee clock cloud cockroach couch crab crocodile cup dinosaur dolphin elephant flatfish forest fox girl hamster house kangaroo keyboard lamp lawn_mower leopard lion lizard lobster man maple_tree motorcycle mountain mouse mushroom oak_tree orange orchid otter palm_tree pear pickup_truck pine_tree plain plate poppy porcupine possum rabbit raccoon ray road rocket rose sea seal shark shrew skunk skyscraper snail snake spider squirrel streetcar sunflower sweet_pepper table tank telephone television tiger tractor train trout tulip turtle wardrobe whale willow_tree wolf woman worm';

const coarse =
  'aquatic_mammals fish flowers food_containers fruit_and_vegetables household_electrical_devices household_furniture insects large_carnivores large_man-made_outdoor_things large_natural_outdoor_scenes large_omnivores_and_herbivores medium_mammals non-insect_invertebrates people reptiles small_mammals trees vehicles_1 vehicles_2';

// the fine class at each place belongs to the coarse class whose letter stands there, a = 0
const coarseLetters =
  'eboiaghhsddojshldjhlglfkhgnpdpalbkmoqjlfftiipnorskqerecaresrkdcmmqmbjtckabqmjnpnqtcegtffitsbcpgarion';

/** The 100 fine classes in the order of their numbers. Hugging Face's old list misspells `crab`. */
export function fineNames(): string[] {
  return fine.split(' ');
}

/** The 20 coarse classes in the order of their numbers. */
export function coarseNames(): string[] {
  return coarse.split(' ');
}

/** The coarse class of each fine class. */
export function coarseOfFine(): number[] {
  return [...coarseLetters].map((letter) => letter.charCodeAt(0) - 97);
}
