import type { Draws } from "./draws.ts";

const frequent =
  `the of and to in is that it was for on are as with his they at be this from have or by one had not but what all
were when we there can an your which their said if do will each about how up out them then she many some so these would other
into has more her two like him see time could no make than first been its who now people my made over did down only way find
use may water long little very after words called just where most know get through back much before go good new write our me
man too any day same right look think also around another came come work three word must because does part even place well
such here take why things help put years different away again off went old number great tell men say small every found still
between name should home big give air line set own under read last never us left end along while might next sound below saw
something thought both few those always looked show large often together asked house world going want school important until
form food keep children feet land side without boy once animals life enough took sometimes four head above kind began almost
live page got earth need far hand high year mother light parts country father let night following picture being study second
eyes soon times story boys since white days ever paper hard near sentence better best across during today others however sure
means knew try told young miles sun ways thing whole hear example heard several change answer room sea against top turned learn
point city play toward five using himself usually`.split(/\s+/);
const beginnings =
  `ab ac ad al am an ap ar as at ba be bi bo bra bu ca ce cha ci co con cra cu da de di do dra du ea el em en er es ex
fa fe fi fla fo fra fu ga ge gi go gra gu ha he hi ho hu im in ja jo ju ka ke ki la le li lo lu ma me mi mo mu na ne ni no nu ob
oc of op or pa pe pi pla po pre pro pu qua ra re ri ro ru sa sca se sha si sla so spe sta stri su ta te thi ti to tra tu ul un up
va ve vi vo wa we wi wo ya ye za`.split(/\s+/);
const middles =
  `b bb ck ct d dd ff g gg l ll ld lt m mm mp n nd ng nn nt p ph pp r rd rm rn rr rs rt s sc sh sp ss st t tch th tt v x z`.split(
    /\s+/,
  );
const ends =
  `a able al an ance ant ar ate ation ed el en ence ent er es est ful ian ic ical ied ing ion is ish ist ity ive ize le less ly ment
ness on or ous ow s ship sion ten ter th tion ure y`.split(/\s+/);
const breaks = [" ", " ", " ", " ", "\n", "\n\n"];

/** Words that could be English ones, some thousands of them. */
function rareWords(draws: Draws): string[] {
  return Array.from({ length: 12_000 }, () => {
    const stem = draws.of(beginnings) + draws.of(middles);
    return (
      (draws.next() < 0.4 ? stem + draws.of(["a", "e", "i", "o", "u"]) + draws.of(middles) : stem) +
      draws.of(ends)
    );
  });
}

/** Sentences of frequent and of rare words, with numbers, quotations and names. */
export function englishSentences(draws: Draws): () => string {
  const rare = rareWords(draws);
  const word = (): string => {
    const kind = draws.next();
    if (kind < 0.62) return draws.zipf(frequent);
    if (kind < 0.94) return draws.zipf(rare);
    return kind < 0.97 ? capital(draws.zipf(rare)) : String(draws.below(10 ** (1 + draws.below(4))));
  };
  const mark = (): string => {
    const kind = draws.next();
    if (kind < 0.86) return "";
    return kind < 0.96 ? "," : draws.of([";", ":", " -", "'s"]);
  };
  return () => {
    const length = 4 + draws.below(20);
    const words = Array.from({ length }, (_, i) => word() + (i + 1 < length ? mark() : ""));
    const sentence = capital(words.join(" ")) + draws.of([".", ".", ".", ".", "?", "!"]);
    return (draws.next() < 0.12 ? `"${sentence}"` : sentence) + draws.of(breaks);
  };
}

function capital(word: string): string {
  return word[0].toUpperCase() + word.slice(1);
}
