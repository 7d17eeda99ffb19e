// The opt-in, as a user's project has it.
import "chainrule/operators";
