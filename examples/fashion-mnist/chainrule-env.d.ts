/** Makes the results of operators on tensors tensors to the type checker: once per project. */
import "chainrule/operators";
